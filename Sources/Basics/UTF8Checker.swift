/// Checks UTF-8 that arrives in pieces and fails at the first byte that cannot belong to it (RFC 3629 §4).
package struct UTF8Checker: Sendable {
  /// Continuation bytes that the character begun still needs.
  private var missing: UInt8 = 0
  /// What the next continuation byte may be: narrower than 80...BF after E0, ED, F0 and F4.
  private var lowest: UInt8 = 0x80
  private var highest: UInt8 = 0xBF

  /// Begins before the first byte.
  package init() {}

  /// Whether the text may end here, with no character left half done.
  package var isComplete: Bool { missing == 0 }

  /// Checks the next piece; false means that no continuation can make the text valid.
  package mutating func accept(_ bytes: Span<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      if missing == 0 {
        index = Self.skipASCII(bytes, from: index)
        guard index < bytes.count else { break }
      }
      guard accept(bytes[index]) else { return false }
      index += 1
    }
    return true
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    guard missing == 0 else {
      guard byte >= lowest, byte <= highest else { return false }
      (missing, lowest, highest) = (missing - 1, 0x80, 0xBF)
      return true
    }
    switch byte {
    case 0x00...0x7F: break
    case 0xC2...0xDF: missing = 1
    case 0xE0: (missing, lowest) = (2, 0xA0)
    case 0xED: (missing, highest) = (2, 0x9F)
    case 0xE1...0xEF: missing = 2
    case 0xF0: (missing, lowest) = (3, 0x90)
    case 0xF4: (missing, highest) = (3, 0x8F)
    case 0xF1...0xF3: missing = 3
    default: return false
    }
    return true
  }

  /// Steps over ASCII eight bytes at a time; most text is nothing else.
  private static func skipASCII(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var index = start
    // Safe: UInt8 has no padding, the load is bounds-checked, and every bit pattern is a UInt64.
    let raw = unsafe bytes.bytes
    while index + 8 <= bytes.count {
      let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard word & 0x8080_8080_8080_8080 == 0 else { break }
      index += 8
    }
    while index < bytes.count, bytes[index] < 0x80 { index += 1 }
    return index
  }
}
