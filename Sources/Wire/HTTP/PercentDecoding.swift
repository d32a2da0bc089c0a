import Basics

/// Percent escapes of URLs (RFC 3986 §2.1).
enum PercentDecoding {
  /// Whether every escape is whole, none is NUL, and what they stand for is UTF-8.
  static func isValidPath(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.firstOffset(of: UInt8(ascii: "%"), from: 0) != nil else { return true }
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        guard index + 2 < bytes.count, let high = Hexadecimal.value(bytes[index + 1]),
          let low = Hexadecimal.value(bytes[index + 2]), high | low != 0
        else { return false }
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    var checker = UTF8Checker()
    return checker.accept(decoded.span) && checker.isComplete
  }

  /// A path in which letters, digits, `-`, `.`, `_` and `~` stand for themselves: escaped or not, they name the same
  /// (RFC 3986 §6.2.2.2). All other escapes stay. Nil when nothing is to be changed.
  static func normalized(_ bytes: Span<UInt8>) -> String? {
    guard bytes.firstOffset(of: UInt8(ascii: "%"), from: 0) != nil else { return nil }
    var normal: [UInt8] = []
    normal.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = Hexadecimal.value(bytes[index + 1]), let low = Hexadecimal.value(bytes[index + 2]),
        isUnreserved(high << 4 | low)
      {
        normal.append(high << 4 | low)
        index += 3
      } else {
        normal.append(bytes[index])
        index += 1
      }
    }
    return normal.count == bytes.count ? nil : String(decoding: normal, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// The text that escaped bytes stand for; a broken escape stays as it is, invalid UTF-8 becomes U+FFFD.
  static func text(_ bytes: Substring.UTF8View, plusIsBlank: Bool) -> String {
    guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
      return String(Substring(bytes))
    }
    var decoded: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = escape(rest.prefix(2)) {
        decoded.append(value)
        rest.removeFirst(2)
      } else {
        decoded.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func escape(_ digits: Substring.UTF8View) -> UInt8? {
    guard digits.count == 2, let first = digits.first, let last = digits.last,
      let high = Hexadecimal.value(first),
      let low = Hexadecimal.value(last)
    else { return nil }
    return high << 4 | low
  }
}
