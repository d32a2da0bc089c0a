import Wire

/// Makes ids for requests: 13 letters and digits, which fit a `String` without an allocation.
///
/// A counter goes through a bijection of 64 bits, so ids of one sequence never repeat and do not tell the count.
struct RequestIdentifiers {
  private var state: UInt64

  /// - Parameter seed: random; sequences with seeds that differ are unrelated in practice.
  init(seed: UInt64) { state = seed }

  mutating func next() -> String {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    word ^= word >> 31
    return String(unsafeUninitializedCapacity: 13) { text in
      for index in 0..<13 {
        let digit = UInt8(truncatingIfNeeded: word & 31)
        text[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        word >>= 5
      }
      return 13
    }
  }

  /// The id that a caller gave its request; nil when there is none, or one that could garble a log line.
  static func given(in fields: HTTPFields) -> String? {
    guard let text = fields["X-Request-Id"], (1...128).contains(text.utf8.count),
      text.utf8.allSatisfy(isAllowed)
    else { return nil }
    return text
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
