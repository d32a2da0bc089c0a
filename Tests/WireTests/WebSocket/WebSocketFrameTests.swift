import Testing
import Wire

struct WebSocketFrameTests {
  /// RFC 6455 §5.7.
  @Test func `the frames of the RFC are encoded byte for byte`() {
    #expect(WebSocketFrame.text("Hello") == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
    let key: UInt32 = 0x3D21_FA37
    #expect(
      WebSocketFrame.text("Hello", mask: key)
        == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
    #expect(
      WebSocketFrame.encode(.text, Array("Hel".utf8), isFinal: false) == [0x01, 0x03, 0x48, 0x65, 0x6C])
    #expect(WebSocketFrame.encode(.continuation, Array("lo".utf8)) == [0x80, 0x02, 0x6C, 0x6F])
    #expect(WebSocketFrame.ping(Array("Hello".utf8)) == [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
    let zeros = [UInt8](repeating: 0, count: 256)
    #expect(WebSocketFrame.binary(zeros).prefix(4) == [0x82, 0x7E, 0x01, 0x00])
    let many = [UInt8](repeating: 0, count: 65536)
    #expect(WebSocketFrame.binary(many).prefix(10) == [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])
  }

  @Test func `a Close frame is cut to 125 bytes between characters`() {
    let frame = WebSocketFrame.close(1000, reason: String(repeating: "é", count: 100))
    #expect(frame[1] == 2 + 122)
    #expect(WebSocketFrame.close(1005) == [0x88, 0])
    #expect(WebSocketFrame.close(nil) == [0x88, 0])
    #expect(WebSocketFrame.close(4000, reason: "x") == [0x88, 3, 0x0F, 0xA0, 0x78])
  }

  /// RFC 6455 §7.4, and the codes that conformance suites try.
  @Test func `the close codes that may be sent are known`() {
    let valid: [UInt16] = [
      1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 3999, 4000, 4999,
    ]
    let invalid: [UInt16] = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
    #expect(valid.allSatisfy { WebSocketCloseCode($0).isValidOnWire })
    #expect(!invalid.contains { WebSocketCloseCode($0).isValidOnWire })
  }
}
