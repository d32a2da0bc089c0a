/// The CRC-32 checksum of zlib and Ethernet (ISO 3309; polynomial 0x04C11DB7, reflected): guards frames against damage.
package enum CRC32 {
  /// The remainder of every byte's value.
  private static let remainders: [UInt32] = (0..<256).map { value in
    (0..<8).reduce(UInt32(value)) { remainder, _ in
      remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0xEDB8_8320
    }
  }

  /// The checksum of bytes.
  package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    // Looked up once: access to a static value asks each time whether it is there.
    let remainders = remainders
    var checksum = UInt32.max
    for index in bytes.indices {
      checksum = checksum >> 8 ^ remainders[Int(truncatingIfNeeded: (checksum ^ UInt32(bytes[index])) & 0xFF)]
    }
    return ~checksum
  }
}
