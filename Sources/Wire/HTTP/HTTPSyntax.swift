import Basics

/// The character classes of RFC 9110 §5 and §5.6, as tests on bytes.
enum HTTPSyntax {
  // tchar as two sets of 64 bits, for the bytes 0-63 and 64-127. Literals: a computed constant costs a call a byte.
  private static var tokenLow: UInt64 { 0x03FF_6CFA_0000_0000 }
  private static var tokenHigh: UInt64 { 0x57FF_FFFF_C7FF_FFFE }

  /// Whether a byte may be part of a token: a method, a field name.
  static func isToken(_ byte: UInt8) -> Bool {
    guard byte < 0x80 else { return false }
    return (byte < 64 ? tokenLow : tokenHigh) >> UInt64(byte & 63) & 1 == 1
  }

  static func isToken(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty else { return false }
    for index in bytes.indices where !isToken(bytes[index]) { return false }
    return true
  }

  /// Whether a byte may be part of a field value: visible, blank, tab or obs-text, so no CR, LF or NUL.
  static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7F : byte == 0x09 }

  /// The first offset in the range whose byte may not be part of a field value; looks at eight bytes at a time.
  static func firstInvalidOffset(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    // Safe: UInt8 has no padding, the load is bounds-checked, and every bit pattern is a UInt64.
    let raw = unsafe bytes.bytes
    while offset + 8 <= range.upperBound {
      let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      if hasControl(word) {
        for index in offset..<(offset + 8) where !isFieldValue(bytes[index]) { return index }
      }
      offset += 8
    }
    while offset < range.upperBound {
      if !isFieldValue(bytes[offset]) { return offset }
      offset += 1
    }
    return nil
  }

  /// Whether any of eight bytes is below 20 or is 7F: the classic tests of a word for a small and for a zero byte.
  private static func hasControl(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let small = (word &- ones &* 0x20) & ~word
    let deleted = word ^ ones &* 0x7F
    return (small | (deleted &- ones) & ~deleted) & ones << 7 != 0
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// Whether two runs of bytes are the same but for the case of ASCII letters.
  static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where lowered(left[index]) != lowered(right[index]) { return false }
    return true
  }

  static func equal(_ left: Span<UInt8>, _ right: String) -> Bool { equal(left, right.utf8.span) }

  private static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

  /// Whether a comma-separated list has this token, in any case.
  static func list(_ list: Span<UInt8>, contains token: String) -> Bool {
    var start = 0
    while start <= list.count {
      let end = list.firstOffset(of: UInt8(ascii: ","), from: start) ?? list.count
      if equal(list.extracting(trimmedRange(list, start..<end)), token) { return true }
      start = end + 1
    }
    return false
  }

  /// The offsets of a value without the blanks around it.
  static func trimmedRange(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  /// Whether an authority (`Host`, absolute-form) is a name or an address with an optional port (RFC 3986 §3.2).
  static func isAuthority(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty else { return false }
    var end = 0
    if bytes[0] == UInt8(ascii: "[") {
      guard let close = bytes.firstOffset(of: UInt8(ascii: "]"), from: 0), close > 1 else { return false }
      for index in 1..<close where !isAddressByte(bytes[index]) { return false }
      end = close + 1
    } else {
      while end < bytes.count, isNameByte(bytes[end]) { end += 1 }
      guard end > 0 else { return false }
    }
    guard end < bytes.count else { return true }
    guard bytes[end] == UInt8(ascii: ":"), bytes.count - end <= 6 else { return false }
    for index in (end + 1)..<bytes.count where !isDigit(bytes[index]) { return false }
    return true
  }

  /// Inside `[…]`: hexadecimal digits, `:` and `.`; zones have no place on the wire.
  private static func isAddressByte(_ byte: UInt8) -> Bool {
    Hexadecimal.value(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
  }

  /// A host name: letters, digits, `-`, `.`, `_`. Narrower than reg-name, which no client of ours needs.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (lowered(byte) >= 0x61 && lowered(byte) <= 0x7A) || byte == 0x2D || byte == 0x2E
      || byte == 0x5F
  }
}
