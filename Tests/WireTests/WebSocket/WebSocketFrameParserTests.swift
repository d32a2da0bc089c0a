import TestKit
import Testing
import Wire

struct WebSocketFrameParserTests {
  @Test func `a masked payload is read back at every alignment and length`() throws {
    var random = SeededGenerator(seed: 1)
    for length in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 125, 126, 130, 300] {
      let payload = random.bytes(length)
      let frame = WebSocketFrame.binary(payload, mask: UInt32(truncatingIfNeeded: random.next()))
      for pieces in everySplit(of: frame) { #expect(try Self.read(pieces) == payload) }
      for prefix in 0..<9 { #expect(try Self.read([frame], after: prefix) == payload) }
    }
  }

  @Test func `a long payload is read back from pieces of odd sizes`() throws {
    var random = SeededGenerator(seed: 2)
    let payload = random.bytes(70_000)
    let frame = WebSocketFrame.binary(payload, mask: 0xDEAD_BEEF)
    for size in [1, 3, 7, 13, 1021, 4096] {
      let pieces = stride(from: 0, to: frame.count, by: size).map {
        Array(frame[$0..<min(frame.count, $0 + size)])
      }
      #expect(try Self.read(pieces) == payload)
    }
  }

  /// Reads one frame that a client sent; the buffer already holds `after` bytes, as within a fragmented message.
  private static func read(_ pieces: [[UInt8]], after count: Int = 0) throws -> [UInt8] {
    var parser = WebSocketFrameParser()
    var payload = [UInt8](repeating: 0xAA, count: count)
    var isWhole = false
    for piece in pieces {
      var position = 0
      while let event = try parser.next(piece.span, from: &position, into: &payload) {
        if event == .payload(isLast: true) { isWhole = true }
      }
      #expect(position == piece.count)
    }
    #expect(isWhole)
    return Array(payload[count...])
  }

  /// Frames that break a rule of RFC 6455 §5.
  static let malformed: [([UInt8], WebSocketFault)] = [
    ([0xC1, 0x80], .reservedBits), ([0xA1], .reservedBits), ([0x91], .reservedBits), ([0xF1], .reservedBits),
    ([0x83], .unknownOpcode), ([0x87], .unknownOpcode), ([0x8B], .unknownOpcode), ([0x8F], .unknownOpcode),
    ([0x81, 0x05], .wrongMasking), ([0x09], .malformedControlFrame), ([0x08], .malformedControlFrame),
    ([0x89, 0xFE], .malformedControlFrame), ([0x88, 0xFF], .malformedControlFrame),
    ([0x82, 0xFE, 0, 125, 0, 0, 0, 0], .lengthNotMinimal),
    ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], .lengthNotMinimal),
    ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .lengthNotMinimal),
  ]

  @Test(arguments: malformed)
  func `a malformed frame is refused in every split`(bytes: [UInt8], fault: WebSocketFault) {
    for pieces in everySplit(of: bytes) {
      #expect(throws: fault) { try Self.read(pieces) }
    }
  }

  @Test func `an agreed extension may use its bit on data frames only`() throws {
    var parser = WebSocketFrameParser(allowsRSV1: true)
    var (position, payload): (Int, [UInt8]) = (0, [])
    let frame = WebSocketFrame.encode(.text, [1], rsv1: true, mask: 0)
    let event = try parser.next(frame.span, from: &position, into: &payload)
    guard case .header(let header) = event else { return #expect(Bool(false), "no header") }
    #expect(header.rsv1)
    #expect(header.opcode == .text)
    var other = WebSocketFrameParser(allowsRSV1: true)
    let ping = WebSocketFrame.encode(.ping, [], rsv1: true, mask: 0)
    position = 0
    #expect(throws: WebSocketFault.reservedBits) {
      try other.next(ping.span, from: &position, into: &payload)
    }
  }

  @Test func `a client refuses masked frames`() {
    var parser = WebSocketFrameParser(role: .client(mask: 0))
    var (position, payload): (Int, [UInt8]) = (0, [])
    #expect(throws: WebSocketFault.wrongMasking) {
      try parser.next(WebSocketFrame.text("x", mask: 1).span, from: &position, into: &payload)
    }
  }
}
