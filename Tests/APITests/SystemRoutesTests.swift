import Basics
import Storage
import TestKit
import Testing
import WebServer
import Wire

@testable import API

struct SystemRoutesTests {
  @Test func `health and readiness tell what operators ask`() async throws {
    var configuration = APIConfiguration()
    configuration.version = "1.2.3"
    try await HubUnderTest.run(configuration) { site in
      let health = try await site.get("/health")
      #expect(health.json == ["status": "ok", "version": "1.2.3", "epoch": .string(site.store.epoch)])
      #expect(try await site.get("/ready").json["status"] == "ready")
      site.readiness.beginDraining()
      let draining = try await site.get("/ready")
      #expect(draining.status == 503)
      #expect(draining.code == "draining")
      #expect(draining.fields["retry-after"] != nil)
      #expect(try await site.get("/health").status == 200)
    }
  }

  @Test func `a hub whose store is gone is not ready`() async throws {
    try await HubUnderTest.run { site in
      site.store.close()
      let answer = try await site.get("/ready")
      #expect(answer.code == "store_unreadable")
    }
  }

  @Test func `what is not there and what is not allowed is told in JSON`() async throws {
    try await HubUnderTest.run { site in
      let missing = try await site.get("/api/nothing")
      #expect(missing.status == 404)
      #expect(missing.error?.isEmpty == false)
      #expect(missing.code?.isEmpty == false)
      let method = try await site.send("PUT", "/api/agents")
      #expect(method.status == 405)
      #expect(method.fields["allow"]?.contains("POST") == true)
      #expect(missing.fields["x-request-id"]?.isEmpty == false)
    }
  }

  @Test func `the echo exists only when it was asked for`() async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.get("/echo")
      #expect(answer.status == 404)
    }
    var configuration = APIConfiguration()
    configuration.echoes = true
    var server = ServerConfiguration()
    server.messageLimit = 16 << 20
    try await HubUnderTest.run(configuration, server: server) { site in
      let client = try await SocketClient.open(site, path: "/echo")
      let large = JSON.string(String(repeating: "é", count: 1 << 20))
      client.send("{\"a\":1}")
      try await client.wait("the echo") { $0 == ["a": 1] }
      let port = site.port
      let frame = try await onThread {
        let socket = try RawSocket(port: port, patience: .seconds(20))
        try socket.send(
          "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        _ = try socket.receiveResponse(hasBody: false)
        try socket.send(WebSocketFrame.binary([1, 2, 3], mask: 9))
        let binary = try socket.receiveFrame()
        try socket.send(WebSocketFrame.text(large.bytes, mask: 9))
        let text = try socket.receiveFrame()
        return (binary.first, binary.payload, text.payload == large.bytes)
      }
      #expect(frame.0 == 0x82)
      #expect(frame.1 == [1, 2, 3])
      #expect(frame.2)
    }
  }

  @Test func `the table of routes has no line twice`() {
    let lines = RouteTable.entries.map { "\($0.method) \($0.pattern)" }
    #expect(Set(lines).count == lines.count)
    #expect(lines.contains("POST /api/invoke"))
    #expect(RouteTable.entries.allSatisfy { !$0.summary.isEmpty && !$0.summary.hasSuffix(".") })
  }
}
