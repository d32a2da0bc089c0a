import Basics
import Glibc
import TestKit
import Testing

/// Several listeners in one process, as operators start it.
struct ListenerTests {
  @Test func `S000-26 S001-07 one process is several systems, each on its own port`() async throws {
    try await onThread {
      let hub = try HubBinary(environment: ["AGENTHUB_LISTEN": "fsia=0,insightx=0", "ENVIRONMENT": "test"])
      let fsia = try Self.port(of: "fsia", in: hub.greeting)
      let insightX = try Self.port(of: "insightx", in: hub.greeting)
      #expect(Set([hub.port, fsia, insightX]).count == 3)
      #expect(
        try Self.get(fsia, "/health").text == #"{"status":"healthy","service":"fsia-api","version":"1.0.0"}"#)
      #expect(try Self.get(insightX, "/health").text.contains("\"database\":\"connected\""))
      #expect(try Self.get(hub.port, "/customer/health").text.contains("\"environment\":\"test\""))
      #expect(try Self.get(fsia, "/nothing").text == #"{"detail":"Not Found"}"#)
      // Everything else is the same hub.
      #expect(try JSON.parse(Self.get(insightX, "/api/agents").body).array?.count == 5)
      hub.terminate()
      #expect(hub.ending() == .exited(0))
    }
  }

  @Test func `S003-51 a port that is taken is named, whichever listener wanted it`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let second = try HubBinary.run(
        ["serve", "--port", "0", "--listen", "fsia=\(hub.port)"], in: ScratchFolder())
      #expect(second.ending != .exited(0))
      #expect(second.errors.contains("\(hub.port)"))
    }
  }

  @Test func `S004-05 a stop ends streams in order, with an error that says so`() async throws {
    let upstream = try ScriptedUpstream(
      CompletionScript.head, CompletionScript.piece("direct"), .stall)
    defer { upstream.stop() }
    try await onThread {
      let hub = try HubBinary(environment: [
        "OPENAI_BASE_URL": upstream.url + "/v1", "OPENAI_API_KEY": "sk-0123456789abcdef",
      ])
      let body = #"{"message":"Hello","session_id":"7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b"}"#
      let socket = try RawSocket(port: hub.port, patience: .seconds(30))
      try socket.send(
        "POST /chat/stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      #expect(try socket.receive(through: "\r\n\r\n").contains("200 OK"))
      _ = try socket.receive(through: "\"start\"")
      let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(20))
      while upstream.requests.isEmpty, ContinuousClock.now < deadline { usleep(5000) }
      hub.terminate()
      #expect(try socket.receive(through: "0\r\n\r\n").contains(#""type":"error""#))
      #expect(hub.ending() == .exited(0))
      #expect(hub.errors.contains("Chat request") && hub.errors.contains("surface=customer"))
    }
  }

  private static func get(_ port: UInt16, _ path: String) throws -> RawResponse {
    let socket = try RawSocket(port: port, patience: .seconds(20))
    try socket.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
    return try socket.receiveResponse()
  }

  private static func port(of profile: String, in greeting: String) throws -> UInt16 {
    let line = try #require(greeting.split(separator: "\n").first { $0.contains("as \(profile) on") })
    return try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
  }
}
