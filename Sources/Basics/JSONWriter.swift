/// Writes JSON straight into bytes; the hot path's encoder (JSONEncoder costs 10 times as much a frame).
///
/// The caller keeps the grammar: a key before each value of an object, `end` for each `begin`.
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Opens an object, as a value of its own or after a name.
  package mutating func beginObject() { open("{") }
  /// Closes the innermost object.
  package mutating func endObject() { close("}") }
  /// Opens an array, as a value of its own or after a name.
  package mutating func beginArray() { open("[") }
  /// Closes the innermost array.
  package mutating func endArray() { close("]") }

  /// Writes a member's name, of which nothing needs to be escaped; its value must follow.
  package mutating func key(_ name: StaticString) {
    let count = name.utf8CodeUnitCount
    // Safe: a literal's bytes live as long as the process. Through String, a name cost three times as much.
    let literal = unsafe UnsafeBufferPointer(start: name.utf8Start, count: count)
    bytes.append(addingCapacity: count + 4) { out in
      if needsComma { out.append(UInt8(ascii: ",")) }
      out.append(UInt8(ascii: "\""))
      for index in 0..<count { unsafe out.append(literal[index]) }
      out.append(UInt8(ascii: "\""))
      out.append(UInt8(ascii: ":"))
    }
    needsComma = false
  }

  /// Writes a member's name that is known at run time only; its value must follow.
  package mutating func key(named name: String) {
    separate()
    _ = quote(name.utf8Span.span)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a text, escaped where RFC 8259 §7 asks for it.
  package mutating func string(_ value: String) {
    separate()
    _ = quote(value.utf8Span.span)
    needsComma = true
  }

  /// Writes a text that comes from elsewhere: what is not valid UTF-8 becomes U+FFFD.
  package mutating func string(utf8 text: Span<UInt8>) {
    separate()
    let start = bytes.count
    let isASCII = quote(text)
    if !isASCII, !Self.isValid(text) {
      bytes.removeLast(bytes.count - start)
      _ = quote(String(text).utf8Span.span)
    }
    needsComma = true
  }

  /// Writes a whole number.
  package mutating func integer(_ value: some FixedWidthInteger) {
    separate()
    digits(Int64(value))
    needsComma = true
  }

  /// Writes a number; infinities and NaN, which JSON lacks, become null.
  package mutating func number(_ value: Double) {
    separate()
    bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    needsComma = true
  }

  /// Writes `true` or `false`.
  package mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
    needsComma = true
  }

  /// Writes `null`.
  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
    needsComma = true
  }

  /// Writes a moment as text in the form of `Timestamp.iso8601`.
  package mutating func timestamp(_ moment: Timestamp) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    moment.appendISO8601(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// Writes bytes that are already one JSON value.
  package mutating func raw(_ json: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
    needsComma = true
  }

  /// Writes the members of an encoded object (`{"a":1,"b":2}`) into the object that is open.
  package mutating func members(ofObject json: [UInt8]) {
    guard json.count > 2 else { return }
    separate()
    bytes.append(contentsOf: json[1..<(json.count - 1)])
    needsComma = true
  }

  /// Writes any value with all that is in it.
  package mutating func value(_ value: JSON) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .number(let value): number(value)
    case .string(let value): string(value)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let object):
      beginObject()
      for member in object.members {
        key(named: member.name)
        self.value(member.value)
      }
      endObject()
    }
  }

  /// Writes a member whose value is a text.
  package mutating func member(_ name: StaticString, _ value: String) {
    key(name)
    string(value)
  }

  /// Writes a member whose nil is JSON's null.
  package mutating func member(_ name: StaticString, orNull value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  /// Writes a member whose value is a whole number.
  package mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
    key(name)
    integer(value)
  }

  /// Writes a member whose value is a truth value.
  package mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    bool(value)
  }

  /// Writes a member with any value.
  package mutating func member(_ name: StaticString, json: JSON) {
    key(name)
    value(json)
  }

  private mutating func open(_ bracket: Unicode.Scalar) {
    separate()
    bytes.append(UInt8(ascii: bracket))
    needsComma = false
  }

  private mutating func close(_ bracket: Unicode.Scalar) {
    bytes.append(UInt8(ascii: bracket))
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func digits(_ value: Int64) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// Writes a text between quotes; tells whether it was nothing but ASCII.
  private mutating func quote(_ text: Span<UInt8>) -> Bool {
    var done = 0
    var seen: UInt64 = 0
    bytes.append(addingCapacity: text.count + 2) { out in
      out.append(UInt8(ascii: "\""))
      done = Self.copyPlain(text, from: 0, to: &out, &seen)
      if done == text.count { out.append(UInt8(ascii: "\"")) }
    }
    guard done < text.count else { return seen & Self.highs == 0 }
    while done < text.count {
      escape(text[done])
      bytes.append(addingCapacity: text.count - done) { out in
        done = Self.copyPlain(text, from: done + 1, to: &out, &seen)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    return seen & Self.highs == 0
  }

  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var highs: UInt64 { ones << 7 }

  /// Copies up to the first byte that may not stand in a string (RFC 8259 §7), and tells where that is. Looks and copies in one pass,
  /// eight bytes at a time; most text has no such byte.
  ///
  /// - Parameter seen: takes up every bit of every byte.
  private static func copyPlain(
    _ text: Span<UInt8>, from start: Int, to out: inout OutputSpan<UInt8>, _ seen: inout UInt64
  ) -> Int {
    let source = unsafe text.bytes
    var offset = start
    // Safe: the caller reserved as many bytes as the text still has, the loads are bounds-checked, and any 8 bytes are a UInt64.
    unsafe out.withUnsafeMutableBufferPointer { buffer, count in
      let target = unsafe UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
      while offset + 8 <= text.count {
        let word = unsafe source.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        guard !mustEscapeAny(word) else { break }
        unsafe target.storeBytes(of: word, toByteOffset: offset - start, as: UInt64.self)
        seen |= word
        offset += 8
      }
      while offset < text.count, !mustEscape(text[offset]) {
        unsafe target[offset - start] = text[offset]
        seen |= UInt64(text[offset])
        offset += 1
      }
      count += offset - start
    }
    return offset
  }

  /// Whether one of eight bytes is below 0x20, a quote or a backslash. A byte's high bit is set where it is below 0x20, or zero after the
  /// comparison.
  private static func mustEscapeAny(_ word: UInt64) -> Bool {
    let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let slashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let controls = (word &- ones &* 0x20) & ~word
    return (controls | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & highs != 0
  }

  private static func isValid(_ text: Span<UInt8>) -> Bool {
    var checker = UTF8Checker()
    return checker.accept(text) && checker.isComplete
  }

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    default:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(Hexadecimal.digit(byte >> 4))
      bytes.append(Hexadecimal.digit(byte & 15))
    }
  }
}
