/// Turns UTF-16 that arrives in pieces into UTF-8; the byte order mark goes, unpaired surrogates become U+FFFD.
package struct UTF16Transcoder: Sendable {
  private let isBigEndian: Bool
  private var half: UInt8?
  private var high: UInt16?

  /// Begins before the first byte.
  package init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

  /// The UTF-8 of the characters that end in a piece.
  package mutating func transcode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    for byte in bytes {
      guard let first = half else {
        half = byte
        continue
      }
      half = nil
      let unit = isBigEndian ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first)
      take(unit, &output)
    }
    return output
  }

  private mutating func take(_ unit: UInt16, _ output: inout [UInt8]) {
    if let lead = high {
      high = nil
      if 0xDC00...0xDFFF ~= unit {
        let scalar = 0x10000 + (UInt32(lead & 0x3FF) << 10 | UInt32(unit & 0x3FF))
        return Self.append(scalar, &output)
      }
      Self.append(0xFFFD, &output)
    }
    switch unit {
    case 0xD800...0xDBFF: high = unit
    case 0xDC00...0xDFFF: Self.append(0xFFFD, &output)
    case 0xFEFF: break
    default: Self.append(UInt32(unit), &output)
    }
  }

  private static func append(_ scalar: UInt32, _ output: inout [UInt8]) {
    output.append(contentsOf: String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
  }
}
