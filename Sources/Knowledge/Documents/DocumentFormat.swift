/// What a document is before it becomes text.
package enum DocumentFormat: String, Sendable, CaseIterable {
  case text, markdown, json, jsonl, csv, html

  /// The format that a name's ending means; nil for one that nobody knows. A name without an ending is text.
  init?(ofName name: String) {
    switch Self.ending(of: name) {
    case "", "txt", "text", "log": self = .text
    case "md", "markdown": self = .markdown
    case "json": self = .json
    case "jsonl", "ndjson": self = .jsonl
    case "csv", "tsv": self = .csv
    case "html", "htm", "xhtml": self = .html
    default: return nil
    }
  }

  /// The name's ending in lower case, without its dot.
  private static func ending(of name: String) -> String {
    let last = name.split(separator: "/").last ?? ""
    guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return "" }
    return String(last[last.index(after: dot)...]).lowercased()
  }

  /// What to do with a file that is none of these.
  static func refusal(of name: String, _ bytes: [UInt8]) -> KnowledgeError? {
    for (start, what, hint) in signatures where bytes.starts(with: start.utf8) {
      return .unsupported(name: name, what: what, hint: hint)
    }
    if let (what, hint) = endings[ending(of: name)] {
      return .unsupported(name: name, what: what, hint: hint)
    }
    // A zero byte is in no text, and in nearly every other file.
    guard bytes.prefix(4096).contains(0) else { return nil }
    return .unsupported(name: name, what: "a binary file", hint: "Send its text, as UTF-8.")
  }

  private static let pdf = ("a PDF file", "Turn it into text first, with `pdftotext -layout` for instance.")
  private static let office = (
    "an office document",
    "Save it as text, Markdown, CSV or HTML first (`libreoffice --convert-to html` does)."
  )
  private static let image = ("a picture", "Recognize its text first, with `tesseract` for instance.")
  private static let archive = ("an archive", "Unpack it and send the documents in it.")

  private static let signatures: [(start: String, what: String, hint: String)] = [
    ("%PDF-", pdf.0, pdf.1), ("{\\rtf", office.0, office.1), ("\u{7F}ELF", "a program", "Send text."),
  ]

  private static let endings: [String: (String, String)] = [
    "pdf": pdf, "doc": office, "docx": office, "odt": office, "rtf": office, "ppt": office, "pptx": office,
    "odp": office, "xls": office, "xlsx": office, "ods": office, "epub": office, "png": image, "jpg": image,
    "jpeg": image, "gif": image, "webp": image, "tif": image, "tiff": image, "zip": archive, "gz": archive,
    "tar": archive, "7z": archive,
  ]
}
