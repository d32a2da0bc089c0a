/// Takes SQL apart, so that a rule sees words of the language and not what stands in texts, names and comments.
struct SQLTokenizer {
  /// A piece of a statement, by where it stands in the bytes.
  struct Token: Equatable {
    enum Kind: Equatable {
      /// A keyword, or a name without quotes; in upper case.
      case word(String)
      /// A name in quotes, brackets or backquotes; in upper case, too.
      case name(String)
      /// A text, likewise.
      case text(String)
      /// A number.
      case value
      case symbol(UInt8)
    }

    let kind: Kind
    let range: Range<Int>
  }

  /// Why a text is no SQL.
  struct Fault: Error, Equatable { let message: String }

  /// The engine would take the statement to end there.
  private static let zero = Fault(message: "SQL must not contain a zero byte")

  private let bytes: [UInt8]
  private var index = 0

  /// The pieces of a text, without blanks and comments.
  static func tokens(of text: String) throws(Fault) -> [Token] {
    var tokenizer = SQLTokenizer(bytes: Array(text.utf8))
    var tokens: [Token] = []
    while let token = try tokenizer.next() { tokens.append(token) }
    return tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next() throws(Fault) -> Token? {
    skipBlanks()
    guard index < bytes.count else { return nil }
    let start = index
    let kind = try kind()
    return Token(kind: kind, range: start..<index)
  }

  private mutating func kind() throws(Fault) -> Token.Kind {
    let byte = bytes[index]
    switch byte {
    case UInt8(ascii: "'"): return .text(try quoted(byte))
    case UInt8(ascii: "\""), UInt8(ascii: "`"): return .name(try quoted(byte))
    case UInt8(ascii: "["): return .name(try quoted(UInt8(ascii: "]")))
    case 0: throw Self.zero
    case _ where Self.isDigit(byte): return number()
    case _ where Self.isWordPart(byte): return word()
    default:
      index += 1
      return .symbol(byte)
    }
  }

  /// Steps over blanks, `-- comments` and `/* comments */`; one that is not closed ends with the text, as SQLite has it.
  private mutating func skipBlanks() {
    while index < bytes.count {
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0
      switch (bytes[index], next) {
      case (0x09...0x0D, _), (0x20, _): index += 1
      case (UInt8(ascii: "-"), UInt8(ascii: "-")):
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
      case (UInt8(ascii: "/"), UInt8(ascii: "*")):
        index += 3
        while index < bytes.count, bytes[index] != 0x2F || bytes[index - 1] != 0x2A { index += 1 }
        index = min(index + 1, bytes.count)
      default: return
      }
    }
  }

  private mutating func quoted(_ end: UInt8) throws(Fault) -> String {
    index += 1
    var content: [UInt8] = []
    while index < bytes.count {
      guard bytes[index] != 0 else { throw Self.zero }
      if bytes[index] == end {
        index += 1
        // Doubled, a quotation mark is itself; a bracket cannot be.
        guard end != UInt8(ascii: "]"), index < bytes.count, bytes[index] == end else {
          return String(decoding: content, as: UTF8.self).uppercased()
        }
      }
      content.append(bytes[index])
      index += 1
    }
    throw Fault(message: "A quotation mark is never closed")
  }

  private mutating func number() -> Token.Kind {
    while index < bytes.count, Self.isWordPart(bytes[index]) || bytes[index] == UInt8(ascii: ".") {
      index += 1
    }
    return .value
  }

  private mutating func word() -> Token.Kind {
    let start = index
    while index < bytes.count, Self.isWordPart(bytes[index]) { index += 1 }
    return .word(String(decoding: bytes[start..<index], as: UTF8.self).uppercased())
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private static func isWordPart(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
      || byte >= 0x80
  }
}
