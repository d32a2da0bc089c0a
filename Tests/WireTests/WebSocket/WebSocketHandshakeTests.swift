import TestKit
import Testing
import Wire

struct WebSocketHandshakeTests {
  private static func request(
    method: String = "GET", version: String = "1.1", host: String = "Host: a\r\n",
    upgrade: String = "websocket",
    connection: String = "Upgrade", key: String = "dGhlIHNhbXBsZSBub25jZQ==", number: String = "13",
    more: String = ""
  ) throws -> HTTPRequestHead {
    let text =
      "\(method) /ws HTTP/\(version)\r\n\(host)Upgrade: \(upgrade)\r\nConnection: \(connection)\r\n"
      + "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: \(number)\r\n\(more)\r\n"
    return try #require(RequestReading(text).heads.first)
  }

  /// RFC 6455 §1.3.
  @Test func `the sample of the RFC is accepted`() throws {
    let request = try Self.request(more: "Sec-WebSocket-Protocol: chat, superchat\r\n")
    let handshake = try WebSocketHandshake(accepting: request, subprotocols: ["superchat", "chat"])
    #expect(handshake.response.status == 101)
    #expect(handshake.response.fields["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    #expect(handshake.response.fields["Upgrade"] == "websocket")
    #expect(handshake.subprotocol == "chat", "the client's order counts")
    #expect(handshake.response.fields.values(of: "Sec-WebSocket-Protocol") == ["chat"])
  }

  @Test func `tokens are found in lists and in any case`() throws {
    let request = try Self.request(upgrade: "h2c, WebSocket", connection: "keep-alive, UPGRADE")
    #expect(WebSocketHandshake.isAsked(by: request))
    #expect(try WebSocketHandshake(accepting: request).subprotocol == nil)
  }

  @Test func `a subprotocol that is not supported is not echoed`() throws {
    let request = try Self.request(more: "Sec-WebSocket-Protocol: agenthub.bearer.secret\r\n")
    let handshake = try WebSocketHandshake(accepting: request, subprotocols: ["agenthub.v1"])
    #expect(handshake.subprotocol == nil)
    #expect(!handshake.response.fields.contains("Sec-WebSocket-Protocol"))
  }

  @Test func `a request that is no correct handshake is refused`() throws {
    let refused: [(HTTPRequestHead, WebSocketHandshakeError)] = [
      (try Self.request(method: "POST"), .malformed),
      (try Self.request(version: "1.0"), .upgradeExpected),
      (try Self.request(upgrade: "h2c"), .upgradeExpected),
      (try Self.request(connection: "keep-alive"), .upgradeExpected),
      (try Self.request(key: "c2hvcnQ="), .malformed),
      (try Self.request(key: "dGhlIHNhbXBsZSBub25jZQ"), .malformed),
      (try Self.request(more: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), .malformed),
      (try Self.request(number: "8"), .unsupportedVersion),
      (try Self.request(number: "13, 8"), .unsupportedVersion),
      (try Self.request(more: "Content-Length: 5\r\n"), .malformed),
      (try Self.request(more: "Transfer-Encoding: chunked\r\n"), .malformed),
    ]
    for (request, error) in refused {
      #expect(throws: error) { try WebSocketHandshake(accepting: request) }
    }
    #expect(WebSocketHandshakeError.unsupportedVersion.status == 426)
    #expect(WebSocketHandshakeError.unsupportedVersion.fields["Sec-WebSocket-Version"] == "13")
  }

  @Test func `client and server agree`() throws {
    let nonce = (0..<16).map { UInt8($0) }
    let client = WebSocketClientHandshake(
      host: "localhost:3001", path: "/ws?x=1", nonce: nonce, subprotocols: ["agenthub.v1"],
      fields: ["Origin": "http://a"])
    let request = try #require(RequestReading([client.request]).heads.first)
    #expect(request.fields["Origin"] == "http://a")
    let handshake = try WebSocketHandshake(accepting: request, subprotocols: ["agenthub.v1"])
    var answer: [UInt8] = []
    HTTPResponseEncoder(handshake.response, length: .known(0), to: request, keepsAlive: true)
      .appendHead(date: "", to: &answer)
    for count in 0..<answer.count { #expect(try client.check(Array(answer[..<count])) == nil) }
    let acceptance = try client.check(answer + [0x81, 0x00])
    #expect(acceptance?.count == answer.count)
    #expect(acceptance?.subprotocol == "agenthub.v1")
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong\r\n\r\n", "garbage\r\n\r\n",
  ])
  func `a client refuses any other answer`(answer: String) {
    let client = WebSocketClientHandshake(host: "a", nonce: [UInt8](repeating: 0, count: 16))
    #expect(throws: WebSocketHandshakeError.self) { try client.check(Array(answer.utf8)) }
  }
}
