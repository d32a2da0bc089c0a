/// What a form is made of, in the order head, body pieces, end.
package enum MultipartPiece: Equatable, Sendable {
  case head(MultipartHead)
  /// Bytes of the part's content, at least one.
  case body([UInt8])
  /// The part is whole.
  case end
}

/// What a part of a form says of itself (RFC 7578 §4).
package struct MultipartHead: Equatable, Sendable {
  /// The form's field.
  package let name: String
  /// The name of the file, when the part is one; it may hold anything.
  package let filename: String?
  /// The part's own content type.
  package let contentType: String?

  package init(name: String, filename: String? = nil, contentType: String? = nil) {
    self.name = name
    self.filename = filename
    self.contentType = contentType
  }
}

extension MultipartHead {
  /// Reads the lines of a part's head.
  ///
  /// - Throws: `malformedHead` without a disposition that names a field.
  init(lines: [String]) throws(MultipartError) {
    var disposition: HeaderParameters?
    var contentType: String?
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { throw .malformedHead }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      switch line[..<colon].lowercased() {
      case "content-disposition": disposition = HeaderParameters(String(value))
      case "content-type": contentType = String(value)
      default: break
      }
    }
    guard let disposition, disposition.value == "form-data", let name = disposition["name"] else {
      throw .malformedHead
    }
    // RFC 7578 §4.2 forbids the extended form, and clients send it all the same.
    let filename = disposition["filename*"].flatMap(Self.extendedText) ?? disposition["filename"]
    self.init(
      name: Self.unescaped(name), filename: filename.map(Self.unescaped), contentType: contentType)
  }

  /// Browsers escape these three, and nothing else (WHATWG HTML, "multipart form data").
  private static func unescaped(_ text: String) -> String {
    guard text.contains("%") else { return text }
    var result = ""
    var rest = text[...]
    let escapes = [("%22", "\""), ("%0D", "\r"), ("%0A", "\n"), ("%0d", "\r"), ("%0a", "\n")]
    while let first = rest.first {
      if first == "%", let escape = escapes.first(where: { rest.hasPrefix($0.0) }) {
        result += escape.1
        rest = rest.dropFirst(3)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// The text of `UTF-8''na%C3%AFve.csv` (RFC 8187 §3.2); nil for other character sets.
  private static func extendedText(_ value: String) -> String? {
    let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
    return PercentDecoding.text(parts[2].utf8, plusIsBlank: false)
  }
}
