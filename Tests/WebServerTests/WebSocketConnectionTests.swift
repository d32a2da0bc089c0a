import EventEngine
import TestKit
import Testing
import WebServer
import Wire

@Suite struct WebSocketConnectionTests {
  private let mask: UInt32 = 0xA1B2_C3D4

  @Test func `A handshake with bytes behind it opens an echo`() throws {
    let site = try TestSite()
    let client = try site.client()
    let early = WebSocketFrame.text("early", mask: mask)
    let answer = try client.openWebSocket(
      "/socket", fields: "Sec-WebSocket-Protocol: other, echo\r\n", early: early)
    #expect(answer.status == 101)
    #expect(answer.fields["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    #expect(answer.fields["sec-websocket-protocol"] == "echo")
    #expect(answer.fields["x-request-id"]?.isEmpty == false)
    #expect(try client.receiveFrame().text == "early")
    try client.send(WebSocketFrame.binary([1, 2, 3], mask: mask))
    #expect(try client.receiveFrame() == RawFrame(first: 0x82, payload: [1, 2, 3]))
    #expect(site.server.counts.webSockets == 1)
    #expect(site.server.counts.connections == 0)
  }

  @Test func `Fragments are put together, with a ping answered between them`() throws {
    let site = try TestSite()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    try client.send(WebSocketFrame.encode(.text, Array("Hel".utf8), isFinal: false, mask: mask))
    try client.send(WebSocketFrame.ping(Array("?".utf8), mask: mask))
    #expect(try client.receiveFrame() == RawFrame(first: 0x8A, payload: Array("?".utf8)))
    try client.send(WebSocketFrame.encode(.continuation, Array("lo ".utf8), isFinal: false, mask: mask))
    try client.send(WebSocketFrame.encode(.continuation, Array("there".utf8), mask: mask))
    #expect(try client.receiveFrame().text == "Hello there")
  }

  @Test func `A message is understood when it comes byte by byte`() throws {
    let site = try TestSite()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    for byte in WebSocketFrame.text("slow", mask: mask) { try client.send([byte]) }
    #expect(try client.receiveFrame().text == "slow")
  }

  @Test func `A large message comes back through a slow reader`() throws {
    let site = try TestSite()
    let client = try site.client(receiveBuffer: 8192)
    _ = try client.openWebSocket("/socket")
    let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try client.send(WebSocketFrame.binary(large, mask: mask))
    #expect(try client.receiveFrame().payload == large)
  }

  @Test func `Both sides can close, and the other one's code is echoed`() throws {
    let site = try TestSite()
    let first = try site.client()
    _ = try first.openWebSocket("/socket")
    try first.send(WebSocketFrame.close(1000, reason: "done", mask: mask))
    #expect(try first.receiveFrame().closeCode == 1000)
    #expect(try first.isEnded())
    #expect(site.notes.wait() == ["closed 1000 done"])
    let second = try site.client()
    _ = try second.openWebSocket("/socket")
    try second.send(WebSocketFrame.text("close", mask: mask))
    #expect(try second.receiveFrame().closeCode == 4001)
    try second.send(WebSocketFrame.close(4001, mask: mask))
    #expect(try second.isEnded())
    #expect(site.notes.wait(count: 2).last == "closed 4001 ")
    for client in [first, second] { client.close() }
    #expect(site.isEmptySoon())
  }

  @Test func `A peer that does not answer a Close frame is left after a while`() throws {
    let site = try TestSite()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    try client.send(WebSocketFrame.text("close", mask: mask))
    #expect(try client.receiveFrame().closeCode == 4001)
    #expect(try client.isEnded())
    #expect(site.notes.wait().first?.hasPrefix("closed 1006") == true)
  }

  @Test func `Pings are answered, pongs are told, and encoded frames go out as they are`() throws {
    let site = try TestSite()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    try client.send(WebSocketFrame.text("ping", mask: mask))
    #expect(try client.receiveFrame() == RawFrame(first: 0x89, payload: Array("p".utf8)))
    try client.send(WebSocketFrame.pong(Array("p".utf8), mask: mask))
    try client.send(WebSocketFrame.text("write", mask: mask))
    #expect(try client.receiveFrame().text == "one")
    #expect(try client.receiveFrame().text == "two")
    #expect(site.notes.wait(count: 2) == ["pong p", "wrote true"])
  }

  static let faults: [(bytes: [UInt8], code: Int)] = [
    (WebSocketFrame.text("unmasked"), 1002),
    (WebSocketFrame.encode(.text, [0xFF], mask: 1), 1007),
    (WebSocketFrame.encode(.continuation, [1], mask: 1), 1002),
    (WebSocketFrame.encode(.text, [1], rsv1: true, mask: 1), 1002),
    ([0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0], 1009),
  ]

  @Test(arguments: faults)
  func `A fault closes with its code`(bytes: [UInt8], code: Int) throws {
    let site = try TestSite()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    try client.send(bytes)
    #expect(try client.receiveFrame().closeCode == code)
    #expect(try client.isEnded())
    #expect(site.notes.wait().first?.hasPrefix("closed \(code)") == true)
  }

  @Test func `A peer that breaks off is told as 1006`() throws {
    let site = try TestSite()
    let client = try site.client()
    _ = try client.openWebSocket("/socket")
    client.reset()
    #expect(site.notes.wait().first?.hasPrefix("closed 1006") == true)
    let quiet = try site.client()
    _ = try quiet.openWebSocket("/socket")
    quiet.close()
    #expect(site.notes.wait(count: 2).last?.hasPrefix("closed 1006") == true)
    let aborted = try site.client()
    _ = try aborted.openWebSocket("/socket")
    try aborted.send(WebSocketFrame.text("abort", mask: mask))
    #expect(site.notes.wait(count: 3).last?.hasPrefix("closed 1006") == true)
  }

  @Test func `A request that is no handshake is refused in words`() throws {
    let site = try TestSite()
    let plain = try site.client().exchange("GET /socket")
    #expect(plain.status == 426)
    #expect(plain.fields["upgrade"] == "websocket")
    let old = try site.client().exchange(
      "GET /socket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n")
    #expect(old.status == 426)
    #expect(old.fields["sec-websocket-version"] == "13")
  }

  @Test func `An upgrade that was decided later keeps the bytes that came meanwhile`() throws {
    let site = try TestSite()
    let client = try site.client()
    let request =
      "GET /socket-later HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    try client.send(request)
    try client.send(WebSocketFrame.text("meanwhile", mask: mask) + WebSocketFrame.close(1000, mask: mask))
    client.finishSending()
    site.gate.open()
    #expect(try client.receiveResponse(hasBody: false).status == 101)
    #expect(try client.receiveFrame().text == "meanwhile")
    #expect(try client.receiveFrame().closeCode == 1000)
    #expect(try client.isEnded())
  }
}
