import Compression
import TestKit
import Testing

struct CompressionTests {
  /// RFC 7692 §7.2.3: payloads of "Hello".
  static let hellos: [(name: String, payload: [UInt8])] = [
    ("fixed block", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
    ("stored block", [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]),
    ("final block and a byte for the tail", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]),
    ("two blocks", [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]),
    ("final block, as Z_FINISH leaves it", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
    (
      "an empty final block behind",
      [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x03, 0x00]
    ),
    ("an empty final block before", [0x03, 0x00, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
  ]

  @Test(arguments: hellos)
  func `the samples of the RFC are inflated`(name: String, payload: [UInt8]) throws {
    #expect(try Inflater().inflate(payload, limit: 5) == Array("Hello".utf8), "\(name)")
  }

  @Test func `Hello is deflated as the RFC does, and an empty message is one zero byte`() throws {
    let deflater = try Deflater()
    #expect(deflater.deflate(Array("Hello".utf8)) == Self.hellos[0].payload)
    #expect(deflater.deflate([]) == [0x00])
    #expect(deflater.deflate(Array("Hello".utf8)) == Self.hellos[0].payload, "nothing was left")
    #expect(try Inflater().inflate([0x00], limit: 0) == [])
    #expect(try Inflater().inflate([], limit: 0) == [])
  }

  static let broken: [(name: String, payload: [UInt8])] = [
    ("reserved block type", [0x07]), ("reserved block type in the middle", [0xF2, 0x48, 0x05, 0x00, 0xFF]),
    ("stored length that contradicts itself", [0x00, 0x05, 0x00, 0xFA, 0xFE, 0x48]),
    ("stored block cut short", [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65]),
    ("fixed block cut short", [0xF2, 0x48, 0xCD]), ("text", Array("Hello".utf8)),
    ("distance before the start", [0x4A, 0x04, 0x42, 0x00]),
    ("zlib's header", [0x78, 0x9C, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
    ("gzip's header", [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3]),
    ("noise behind a final block", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xFF, 0xFF]),
    ("only the tail", [0x00, 0x00, 0xFF]),
  ]

  @Test(arguments: broken)
  func `what is no deflate stream is refused, and the next message is read`(
    name: String, payload: [UInt8]
  ) throws {
    let inflater = try Inflater()
    #expect(throws: CompressionError.malformed, "\(name)") { try inflater.inflate(payload, limit: 1 << 20) }
    #expect(try inflater.inflate(Self.hellos[0].payload, limit: 5) == Array("Hello".utf8))
  }

  @Test func `a limit holds to the byte`() throws {
    let (deflater, inflater) = (try Deflater(), try Inflater())
    for size in [1, 5, 16383, 16384, 16385, 32768, 100_000] {
      let message = [UInt8](repeating: 7, count: size)
      let payload = deflater.deflate(message)
      #expect(try inflater.inflate(payload, limit: size) == message)
      #expect(throws: CompressionError.tooLong(limit: size - 1)) {
        try inflater.inflate(payload, limit: size - 1)
      }
    }
  }

  @Test func `every message comes back, whatever the window and the size`() throws {
    var random = SeededGenerator(seed: 7)
    let inflater = try Inflater()
    for bits in 9...15 {
      let deflater = try Deflater(windowBits: bits)
      for size in [0, 1, 2, 100, 1023, 1024, 16370, 16383, 16384, 16385, 16390, 70_000] {
        let noise = random.bytes(size)
        let text = Array(String(repeating: "naïve 漢字 \(random.next())", count: size / 30 + 1).utf8)
        for message in [noise, Array(text.prefix(size))] {
          let payload = deflater.deflate(message)
          #expect(try inflater.inflate(payload, limit: size) == message)
        }
      }
    }
  }

  @Test func `a distance reaches no farther than the window`() throws {
    var random = SeededGenerator(seed: 11)
    let block = random.bytes(3000)
    let filler = random.bytes(4096)
    let message = block + filler + block
    // 7 KB back: a window of 13 bits finds the repetition, one of 12 bits must not.
    #expect(try Deflater(windowBits: 13).deflate(message).count < 7500)
    #expect(try Deflater(windowBits: 12).deflate(message).count > 10_000)
  }

  @Test func `a message with no pattern hardly grows, and stays within what a peer may send`() throws {
    var random = SeededGenerator(seed: 12)
    let message = random.bytes(1 << 20)
    #expect(try Deflater().deflate(message).count < message.count + message.count / 1000)
  }
}
