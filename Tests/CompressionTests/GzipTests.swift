import Compression
import Testing

/// Whole files in the form of gzip.
struct GzipTests {
  @Test(arguments: [0, 1, 2, 100, 65_535, 200_000])
  func `what is compressed inflates to what it was`(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    let gzip = try Gzip.compress(bytes)
    #expect(gzip.starts(with: [0x1F, 0x8B, 8]), "gzip's mark, and deflate as its method (RFC 1952 §2.3.1)")
    // The head has ten bytes when it names no file, checksum and length have eight.
    let inflated = try Inflater().inflate(Array(gzip.dropFirst(10).dropLast(8)), limit: count + 1)
    #expect(inflated == bytes)
    let length = gzip.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length == count)
  }

  @Test func `text becomes much smaller`() throws {
    let text = Array(String(repeating: "The hub compresses its files once. ", count: 200).utf8)
    #expect(try Gzip.compress(text).count < text.count / 20)
  }
}
