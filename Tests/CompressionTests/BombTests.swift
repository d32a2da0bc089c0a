import Compression
import TestKit
import Testing

/// Payloads that are small on the wire and huge inflated.
struct BombTests {
  /// A million zeros, a thousand times: 1 GB in 5 MB.
  private static func bomb() throws -> [UInt8] {
    let zeros = try Deflater().deflate([UInt8](repeating: 0, count: 1 << 20))
    // With its tail each of them ends on a byte, and the next may follow.
    let block = zeros + [0x00, 0x00, 0xFF, 0xFF]
    return Array(repeated(block, 1000).dropLast(4))
  }

  private static func repeated(_ block: [UInt8], _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(block.count * count)
    for _ in 0..<count { bytes += block }
    return bytes
  }

  @Test func `inflating stops at the limit`() throws {
    let bomb = try Self.bomb()
    #expect(bomb.count < 5 << 20)
    let inflater = try Inflater()
    for limit in [0, 1000, 1 << 20, (1 << 20) + 1] {
      // Fifty times over: if each inflated all of its gigabyte, this would take minutes.
      let begin = ContinuousClock.now
      for _ in 0..<50 {
        #expect(throws: CompressionError.tooLong(limit: limit)) { try inflater.inflate(bomb, limit: limit) }
      }
      let time = ContinuousClock.now - begin
      #expect(time < TimeLimit.of(.seconds(20)), "limit \(limit): \(time)")
    }
  }

  @Test func `a payload of nothing but empty blocks is read in linear time`() throws {
    let inflater = try Inflater()
    for (name, block) in [
      ("stored", [0x00, 0x00, 0x00, 0xFF, 0xFF]), ("fixed and final", [0x03, 0x00]),
    ] as [(String, [UInt8])] {
      let payload = Self.repeated(block, (1 << 20) / block.count) + [0x00]
      let begin = ContinuousClock.now
      #expect(try inflater.inflate(payload, limit: 0) == [])
      let time = ContinuousClock.now - begin
      #expect(time < TimeLimit.of(.seconds(5)), "\(name): \(time)")
    }
  }
}
