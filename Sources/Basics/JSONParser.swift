/// Why a text is not JSON, and where.
package struct JSONError: CodedError, Equatable {
  package let reason: String
  /// Bytes before the fault.
  package let position: Int

  package var code: String { "invalid_json" }
  package var message: String { "The text is not valid JSON: \(reason) at byte \(position)." }
  package var hint: String? { nil }
}

extension JSON {
  /// Parses one JSON document, strictly (RFC 8259): no comments, no trailing commas, valid UTF-8 only. A byte order mark before it is passed
  /// over (§8.1), as browsers and Python do.
  ///
  /// Of members with the same name the last counts, as in browsers. A lone surrogate escape becomes U+FFFD.
  ///
  /// - Parameter maximumDepth: how many arrays and objects may be open at once.
  /// - Throws: `invalid_json`.
  package static func parse(_ bytes: [UInt8], maximumDepth: Int = 128) throws(JSONError) -> JSON {
    guard (try? UTF8Span(validating: bytes.span)) != nil else {
      throw JSONError(reason: "invalid UTF-8", position: 0)
    }
    var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
    return try parser.document()
  }

  /// Parses one JSON document from text.
  package static func parse(_ text: String) throws(JSONError) -> JSON { try parse(Array(text.utf8)) }
}

/// A recursive-descent parser over one whole document.
private struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depthLeft: Int
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.depthLeft = maximumDepth
  }

  mutating func document() throws(JSONError) -> JSON {
    if bytes.starts(with: Self.byteOrderMark) { position = Self.byteOrderMark.count }
    skipBlanks()
    let value = try value()
    skipBlanks()
    guard position == bytes.count else { throw fault("text after the value") }
    return value
  }

  private mutating func value() throws(JSONError) -> JSON {
    guard let byte = peek else { throw fault("an unexpected end") }
    switch byte {
    case UInt8(ascii: "{"): return try nested(Self.object)
    case UInt8(ascii: "["): return try nested(Self.array)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw fault("an unexpected character")
    }
  }

  private mutating func nested(_ read: (inout Self) throws(JSONError) -> JSON) throws(JSONError) -> JSON {
    guard depthLeft > 0 else { throw fault("nesting that is too deep") }
    depthLeft -= 1
    position += 1
    let value = try read(&self)
    depthLeft += 1
    return value
  }

  private static func object(_ parser: inout Self) throws(JSONError) -> JSON {
    var members = MemberGatherer()
    parser.skipBlanks()
    if parser.take("}") { return .object(JSONObject()) }
    repeat {
      parser.skipBlanks()
      guard parser.peek == UInt8(ascii: "\"") else { throw parser.fault("a missing member name") }
      let name = try parser.string()
      parser.skipBlanks()
      guard parser.take(":") else { throw parser.fault("a missing colon") }
      parser.skipBlanks()
      members.add(name, try parser.value())
      parser.skipBlanks()
    } while parser.take(",")
    guard parser.take("}") else { throw parser.fault("a missing } or comma") }
    return .object(JSONObject(members.members))
  }

  private static func array(_ parser: inout Self) throws(JSONError) -> JSON {
    var elements: [JSON] = []
    parser.skipBlanks()
    if parser.take("]") { return .array(elements) }
    repeat {
      parser.skipBlanks()
      elements.append(try parser.value())
      parser.skipBlanks()
    } while parser.take(",")
    guard parser.take("]") else { throw parser.fault("a missing ] or comma") }
    return .array(elements)
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    while let byte = peek {
      if byte == UInt8(ascii: "\"") {
        position += 1
        return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw fault("a control character in a string") }
      position += 1
    }
    throw fault("a string without an end")
  }

  /// The slow path: a string that has at least one escape, read again from where it began.
  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var text = Array(bytes[start..<position])
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0x00..<0x20:
        position -= 1
        throw fault("a control character in a string")
      default: text.append(byte)
      }
    }
    throw fault("a string without an end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let byte = peek else { throw fault("a string without an end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: try escapedScalar().utf8)
    default:
      position -= 1
      throw fault("an unknown escape")
    }
  }

  private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A high surrogate counts only together with the low one that must follow it (RFC 8259 §7).
    let replacement: Unicode.Scalar = "\u{FFFD}"
    guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return replacement }
    let mark = position
    position += 2
    let second = try codeUnit()
    guard (0xDC00...0xDFFF).contains(second) else {
      position = mark
      return replacement
    }
    return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)) ?? replacement
  }

  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Hexadecimal.value(byte) else { throw fault("a bad \\u escape") }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    _ = take("-")
    if take("0") {
      if let byte = peek, Self.isDigit(byte) { throw fault("a leading zero") }
    } else {
      guard skipDigits() else { throw fault("a number without digits") }
    }
    var isWhole = true
    if take(".") {
      isWhole = false
      guard skipDigits() else { throw fault("a number without digits after the point") }
    }
    if take("e") || take("E") {
      isWhole = false
      _ = take("+") || take("-")
      guard skipDigits() else { throw fault("a number without digits in its exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw fault("a number out of range") }
    return .number(value)
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    for byte in word.description.utf8 {
      guard peek == byte else { throw fault("an unknown word") }
      position += 1
    }
    return value
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = peek, Self.isDigit(byte) { position += 1 }
    return position > start
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func fault(_ reason: String) -> JSONError { JSONError(reason: reason, position: position) }
}

/// The members of an object that is being read; of several with one name the last counts, in the place of the first.
///
/// Few are looked up by walking, which is fastest; a megabyte from a stranger can hold a hundred thousand, which took half a minute so.
private struct MemberGatherer {
  private static let few = 16

  private(set) var members: [JSONObject.Member] = []
  /// Where each name stands, once there are more than a few.
  private var places: [String: Int] = [:]

  mutating func add(_ name: String, _ value: JSON) {
    if let place = place(of: name) {
      members[place].value = value
      return
    }
    members.append(JSONObject.Member(name: name, value: value))
    if members.count == Self.few {
      for (place, member) in members.enumerated() { places[member.name] = place }
    } else if members.count > Self.few {
      places[name] = members.count - 1
    }
  }

  private func place(of name: String) -> Int? {
    members.count < Self.few ? members.firstIndex { $0.name == name } : places[name]
  }
}
