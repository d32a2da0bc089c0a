/// An opaque id of one kind of thing. Ids that the hub makes are UUIDs of version 7, so they sort by time.
package struct Identifier<Noun>: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The id as it stands in SQL, JSON and logs.
  package let text: String

  /// Takes an id that already exists (a row, a request).
  package init(_ text: String) { self.text = text }

  /// Builds a UUID of version 7 (RFC 9562 §5.7).
  ///
  /// - Parameters:
  ///   - milliseconds: since 1970, UTC; 48 bits are used.
  ///   - counter: orders ids of one millisecond; 12 bits are used.
  ///   - random: 62 bits are used.
  package init(milliseconds: Int64, counter: UInt16, random: UInt64) {
    let high = UInt64(truncatingIfNeeded: milliseconds) << 16 | 0x7000 | UInt64(counter & 0x0FFF)
    let low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    var digits: [UInt8] = []
    digits.reserveCapacity(36)
    for index in 0..<32 {
      if index == 8 || index == 12 || index == 16 || index == 20 { digits.append(UInt8(ascii: "-")) }
      let word = index < 16 ? high : low
      digits.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index % 16)) & 0xF)))
    }
    self.text = String(decoding: digits, as: UTF8.self)
  }

  package var description: String { text }

  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// Hexadecimal digits, lower case.
package enum Hexadecimal {
  /// The digit of a value below 16.
  package static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// The value of a digit in either case, or nil.
  package static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Bytes as lower-case text, two digits each.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    for byte in bytes {
      digits.append(digit(byte >> 4))
      digits.append(digit(byte & 15))
    }
    return String(decoding: digits, as: UTF8.self)
  }
}
