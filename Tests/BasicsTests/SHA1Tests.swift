import Basics
import Testing

struct SHA1Tests {
  /// FIPS 180-4 examples, and lengths around the 64-byte block.
  static let vectors = [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
    (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
    (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
  ]

  @Test(arguments: vectors)
  func `a known message has its known digest`(message: String, digest: String) {
    #expect(Hexadecimal.text(SHA1.digest(Array(message.utf8))) == digest)
  }
}
