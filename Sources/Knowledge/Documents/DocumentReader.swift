package import Basics
import Storage

/// A document as somebody hands it in.
package struct DocumentUpload: Equatable, Sendable {
  package var name: String
  package var bytes: [UInt8]
  /// Nil takes the format that the name's ending means.
  package var format: DocumentFormat?
  /// Nil takes the title that the document has itself, or its name.
  package var title: String?
  package var metadata: JSONObject

  package init(
    name: String, bytes: [UInt8], format: DocumentFormat? = nil, title: String? = nil,
    metadata: JSONObject = [:]
  ) {
    self.name = name
    self.bytes = bytes
    self.format = format
    self.title = title
    self.metadata = metadata
  }

  /// A document from its text.
  package init(name: String, text: String, metadata: JSONObject = [:]) {
    self.init(name: name, bytes: Array(text.utf8), metadata: metadata)
  }
}

/// Turns what was handed in into text that can be cut and cited.
enum DocumentReader {
  /// Bytes of one document, before and after it became text.
  static let largest = 8 << 20
  private static let longestName = 256
  private static let longestTitle = 256
  private static let largestMetadata = 8192

  /// Reads a document, or says what to do with it.
  ///
  /// - Throws: `document_unsupported`, `document_malformed`, `document_too_large`, `document_empty`, `invalid_field`.
  static func read(_ upload: DocumentUpload) throws(KnowledgeError) -> DocumentContent {
    try check(upload)
    if let refusal = DocumentFormat.refusal(of: upload.name, upload.bytes) { throw refusal }
    guard let format = upload.format ?? DocumentFormat(ofName: upload.name) else {
      let formats = DocumentFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw .unsupported(
        name: upload.name, what: "of an unknown kind", hint: "Say its format: one of \(formats).")
    }
    let (title, text) = try convert(upload, format)
    guard !text.isBlank else { throw .empty(name: upload.name) }
    guard text.utf8.count <= largest else {
      throw .tooLarge(name: upload.name, bytes: text.utf8.count, limit: largest)
    }
    let shown = String((upload.title ?? title ?? upload.name).prefix(longestTitle))
    let metadata = JSON.object(upload.metadata).text
    let whole = [shown, format.rawValue, metadata, text].joined(separator: "\u{0}")
    return DocumentContent(
      name: upload.name, title: shown, format: format.rawValue, metadata: upload.metadata,
      hash: Hexadecimal.text(SHA256.digest(whole.utf8)), text: text)
  }

  private static func check(_ upload: DocumentUpload) throws(KnowledgeError) {
    let isPrintable = upload.name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
    guard (1...longestName).contains(upload.name.utf8.count), isPrintable else {
      throw .invalid(what: "name", mustBe: "1 to \(longestName) bytes without control characters")
    }
    guard upload.bytes.count <= largest else {
      throw .tooLarge(name: upload.name, bytes: upload.bytes.count, limit: largest)
    }
    guard JSON.object(upload.metadata).bytes.count <= largestMetadata else {
      throw .invalid(what: "metadata", mustBe: "an object of at most \(largestMetadata) bytes")
    }
  }

  private static func convert(
    _ upload: DocumentUpload, _ format: DocumentFormat
  ) throws(KnowledgeError) -> (title: String?, text: String) {
    var bytes = upload.bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }  // a byte order mark
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .unsupported(
        name: upload.name, what: "not valid UTF-8", hint: "Convert it first, with `iconv -t UTF-8`.")
    }
    switch format {
    case .text: return (nil, text)
    case .markdown: return (MarkdownLines.firstHeading(of: text), text)
    case .html: return HTMLText.read(text)
    case .json, .jsonl, .csv:
      do throws(RecordText.Fault) {
        return (nil, try RecordText.read(text, format))
      } catch {
        throw .malformed(name: upload.name, detail: error.detail)
      }
    }
  }
}
