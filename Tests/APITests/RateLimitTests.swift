import Basics
import EventEngine
import TestKit
import Testing
import WebServer

@testable import API

struct RateLimitTests {
  private static let hourly = Rate(3, perNanoseconds: 3_600_000_000_000)

  @Test
  func `S003-28 an address that asks too often gets 429 and the time to wait, and probes always an answer`()
    async throws
  {
    var configuration = APIConfiguration()
    configuration.rateLimit = Self.hourly
    try await HubUnderTest.run(configuration) { site in
      for _ in 0..<2 { #expect(try await site.get("/api/agents").status == 200) }
      // What is refused for another reason counts as well: guessing is not free.
      #expect(try await site.get("/api/agents", fields: ["Host": "evil.example"]).status == 421)
      let refused = try await site.get("/api/agents", fields: ["Origin": "http://localhost:3000"])
      #expect(refused.status == 429)
      #expect(refused.code == "rate_limited")
      // An hour brings three.
      let wait = refused.fields["retry-after"].flatMap { Int($0) } ?? 0
      #expect((1100...1200).contains(wait))
      #expect(refused.fields["access-control-allow-origin"] == "http://localhost:3000")
      await #expect(throws: TestFailure.self) { try await SocketClient.open(site) }
      for path in ["/health", "/ready"] { #expect(try await site.get(path).status == 200) }
    }
  }

  @Test func `without a limit nobody is counted`() async throws {
    try await HubUnderTest.run { site in
      for _ in 0..<50 {
        let answer = try await site.get("/api/agents")
        #expect(answer.status == 200)
      }
    }
  }

  @Test func `a client of agenthub.v1 is told to wait, and sent away when it does not`() async throws {
    var server = ServerConfiguration()
    server.inbound.messages = Rate(1, perNanoseconds: 3_600_000_000_000, burst: 5)
    server.inbound.patience = 4
    try await HubUnderTest.run(server: server) { site in
      let socket = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      for number in 1...12 {
        socket.send(["id": .integer(Int64(number)), "command": "unsubscribe", "run": "x"])
      }
      try await eventually("the end") { socket.isEnded }
      #expect(socket.closeCode == 4006)
      let limited = socket.messages.filter { $0["error"]?["code"]?.string == "rate_limited" }
      #expect(limited.compactMap { $0["reply"]?.integer } == [6, 7, 8, 9])
      for reply in limited {
        #expect(reply["error"]?["temporary"]?.bool == true)
        #expect((reply["error"]?["retryAfterMs"]?.integer ?? 0) > 3_000_000)
      }
      let bye = socket.messages.last?["bye"]
      #expect(bye?["code"]?.integer == 4006)
      #expect(bye?["resume"]?.bool == true)
      #expect(bye?["retryAfterMs"]?.integer == 1000)
    }
  }

  @Test func `a conformance run may send as fast as it can`() async throws {
    var configuration = APIConfiguration()
    configuration.echoes = true
    var server = ServerConfiguration()
    server.inbound.messages = Rate(1, burst: 1)
    server.inbound.pings = Rate(1, burst: 1)
    try await HubUnderTest.run(configuration, server: server) { site in
      let socket = try await SocketClient.open(site, path: "/echo")
      for number in 0..<300 { socket.send("\(number)") }
      try await eventually("every echo") { socket.messages.count == 300 }
      #expect(!socket.isEnded)
    }
  }

  @Test func `a page of Agent Nexus that floods is closed with 1008`() async throws {
    var server = ServerConfiguration()
    server.inbound.messages = Rate(1, perNanoseconds: 3_600_000_000_000, burst: 5)
    try await HubUnderTest.run(server: server) { site in
      let socket = try await SocketClient.open(site)
      for _ in 0..<40 { socket.send("anything") }
      try await eventually("the end") { socket.isEnded }
      #expect(socket.closeCode == 1008)
    }
  }
}
