/// What the first bytes of an answer tell when the answer is none. The content type does not: proxies call streams
/// `text/html`, too.
struct AnswerOpening: Sendable {
  private var first: UInt8?

  /// Looks at the next bytes of the body.
  mutating func look(at bytes: [UInt8]) { first = first ?? bytes.first { $0 > 0x20 } }

  /// Whether nothing came but blanks.
  var isEmpty: Bool { first == nil }

  /// Neither streams nor JSON begin like this.
  var isPage: Bool { first == UInt8(ascii: "<") }

  /// As it follows "the server sent ".
  var words: String {
    switch first {
    case nil: "an empty answer"
    case UInt8(ascii: "<"): "a web page"
    default: "some other text"
    }
  }
}
