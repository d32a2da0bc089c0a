import Basics
import Testing

struct CRC32Tests {
  /// The check value of the CRC catalogue, and values of Python's `zlib.crc32`.
  @Test(arguments: [
    ("", 0), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43), ("\0", 0xD202_EF8D),
    ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
  ])
  func `bytes have their checksum`(text: String, checksum: UInt32) {
    #expect(CRC32.checksum(Array(text.utf8).span) == checksum)
  }
}
