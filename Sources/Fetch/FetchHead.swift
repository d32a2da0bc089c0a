/// The status and fields of an answer.
package struct FetchHead: Sendable {
  package let status: Int
  /// In the order they came; names in lower case.
  package let fields: [(name: String, value: String)]

  package init(status: Int, fields: [(name: String, value: String)] = []) {
    self.status = status
    self.fields = fields
  }

  /// The first field of a name, which is given in lower case.
  package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// Collects the lines that curl hands over into a head.
struct FetchHeadParser {
  private var status = 0
  private var fields: [(name: String, value: String)] = []
  private var size = 0
  private var isComplete = false

  enum Outcome { case more, head(FetchHead), tooLarge }

  /// curl 7.88 bounds a line but not their sum.
  private static let limit = 128 * 1024

  /// Takes one line with its line end. Interim answers (1xx) and trailers are passed over.
  mutating func receive(_ line: UnsafeRawBufferPointer) -> Outcome {
    size += line.count
    guard size <= Self.limit else { return .tooLarge }
    guard !isComplete else { return .more }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      begin(text)
    } else if text.utf8.first == 13 || text.utf8.first == 10 {
      guard status >= 200 else { return .more }
      isComplete = true
      return .head(FetchHead(status: status, fields: fields))
    } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
      fields.append((text[..<colon].lowercased(), Self.trimmed(text[text.utf8.index(after: colon)...])))
    }
    return .more
  }

  private mutating func begin(_ line: String) {
    let parts = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
    status = parts.count > 1 ? Int(String(decoding: parts[1].prefix(3), as: UTF8.self)) ?? 0 : 0
    fields = []
  }

  private static func trimmed(_ text: Substring) -> String {
    let bytes = text.utf8.drop { $0 <= 0x20 }
    let end = bytes.lastIndex { $0 > 0x20 }
    return end.map { String(decoding: bytes[...$0], as: UTF8.self) } ?? ""
  }
}
