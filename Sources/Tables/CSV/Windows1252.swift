import Basics

/// Text of old Windows programs, of which Latin-1 is a part.
package enum Windows1252 {
  /// 0x80 to 0x9F; the five that mean nothing stay themselves.
  private static let specials: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x8D,
    0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161,
    0x203A,
    0x0153, 0x9D, 0x017E, 0x0178,
  ]

  /// The text as UTF-8.
  package static func utf8(_ bytes: Span<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + 8)
    for index in 0..<bytes.count {
      let byte = bytes[index]
      let scalar = 0x80...0x9F ~= byte ? specials[Int(byte - 0x80)] : UInt16(byte)
      switch scalar {
      case ..<0x80: output.append(byte)
      case ..<0x800: output += [0xC0 | UInt8(scalar >> 6), 0x80 | UInt8(scalar & 0x3F)]
      default:
        output += [
          0xE0 | UInt8(scalar >> 12), 0x80 | UInt8(scalar >> 6 & 0x3F), 0x80 | UInt8(scalar & 0x3F),
        ]
      }
    }
    return output
  }

  /// What a field says when it is not valid UTF-8; nil when it is, and can stay as it is. Files that are UTF-8 but for a few fields exist.
  package static func repair(_ bytes: Span<UInt8>) -> [UInt8]? {
    var checker = UTF8Checker()
    guard checker.accept(bytes), checker.isComplete else { return utf8(bytes) }
    return nil
  }
}
