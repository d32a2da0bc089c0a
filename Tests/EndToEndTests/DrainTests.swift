import Basics
import Glibc
import TestKit
import Testing

/// A hub that leaves while many watch, and the next one that they come back to.
extension HeavyTests {
  struct DrainTests {
    /// One loop, so that it has more connections than leave at once.
    private static let oneLoop = ["AGENTHUB_LOOPS": "1"]

    private static func upstream() throws -> ScriptedUpstream {
      try ScriptedUpstream { request in
        CompletionScript.question(of: request) == "quick"
          ? CompletionScript.whole("quick ", "answer")
          : CompletionScript.babble(seed: 7, pieces: 400 * TimeLimit.slowdown, slowest: 20)
      }
    }

    /// Clients that have seen different parts of the log; every third one has left.
    private static func crowd(_ count: Int, on hub: HubBinary, seeingUpTo offset: Int64 = 0) throws
      -> [HubClient]
    {
      let epoch = try HubClient.epoch(of: hub.port)
      var random = SystemRandomNumberGenerator()
      return try (0..<count).map { index in
        let client = HubClient()
        try client.connect(to: hub.port, epoch: epoch)
        let wanted = Int64.random(in: 0...offset, using: &random)
        try client.follow { $0.offset >= wanted }
        if index.isMultiple(of: 3) { client.leave(.resetting) }
        return client
      }
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func `Whoever comes back to the next process gets exactly what it missed`(signal: Int32) async throws {
      let upstream = try Self.upstream()
      defer { upstream.stop() }
      try await onThread {
        let folder = ScratchFolder()
        let hub = try HubBinary(in: folder, environment: Self.oneLoop)
        let agent = try hub.createAgent(upstream)
        let cut = try (0..<3).map { try hub.begin(agent, "long \($0)") }
        let clients = try Self.crowd(90, on: hub, seeingUpTo: 20)
        if signal == SIGTERM { hub.terminate() } else { hub.killAtOnce() }
        for (index, client) in clients.enumerated() where !index.isMultiple(of: 3) {
          try Self.readToTheEnd(client)
        }
        #expect(hub.ending() == (signal == SIGTERM ? .exited(0) : .killed(signal: SIGKILL)))

        let next = try HubBinary(in: folder, environment: Self.oneLoop)
        let quick = try next.begin(agent, "quick")
        var logs: Set<String> = []
        for client in clients {
          try client.connect(to: next.port)
          try client.follow { ledger in
            ledger.ends[quick.id] == "run.completed" && cut.allSatisfy { ledger.ends[$0.id] != nil }
          }
          for run in cut { #expect(client.ledger.ends[run.id] == "run.interrupted") }
          for run in cut {
            #expect(client.ledger.texts[run.output] == client.ledger.completed[run.output])
          }
          logs.insert(client.ledger.durable.map(\.text).joined())
          client.leave(.disappearing)
        }
        #expect(logs.count == 1, "they have seen different logs")
        let stored = try next.events(of: cut[0].conversation).filter { $0["type"] != "message.delta" }
        let seen = clients[0].ledger.durable.filter { $0["conversation"]?.string == cut[0].conversation }
        #expect(seen == stored)
      }
    }

    /// Reads to the close, and returns the goodbye.
    @discardableResult
    private static func readToTheEnd(_ client: HubClient) throws -> JSON? {
      var bye: JSON?
      while true {
        switch try client.next() {
        case .bye(let json): bye = json
        case .closed(let code):
          #expect(code == (bye == nil ? 1006 : 4000))
          client.leave(.disappearing)
          return bye
        case .event, .live, .other: continue
        }
      }
    }

    @Test func `Many clients are sent away one after another, and told to come back at different times`()
      async throws
    {
      try await onThread {
        let hub = try HubBinary(environment: Self.oneLoop)
        let first = HubClient()
        try first.connect(to: hub.port)
        let caller = try RawSocket(port: hub.port, patience: .seconds(20))
        let upgrader = try RawSocket(port: hub.port, patience: .seconds(20))
        for socket in [caller, upgrader] {
          try hub.send("GET", "/ready", nil, on: socket)
          #expect(try socket.receiveResponse().status == 200)
        }
        let clients = try Self.crowd(250, on: hub).enumerated().filter { !$0.offset.isMultiple(of: 3) }
          .map(\.element)
        let start = ContinuousClock.now
        hub.terminate()
        try Self.checkRefusals(by: hub, caller, upgrader, first)
        var hints: [Int64] = []
        for client in clients + [first] {
          let bye = try #require(try Self.readToTheEnd(client))
          #expect(bye["reason"]?.string == "draining")
          #expect(bye["resume"] == true)
          hints.append(bye["retryAfterMs"]?.integer ?? 0)
        }
        #expect(hub.ending() == .exited(0))
        let time = ContinuousClock.now - start
        // 168 clients, 50 at once, 200 a second: 0.6 s of batches.
        #expect(time > .milliseconds(500))
        #expect(time < TimeLimit.of(.seconds(20)))
        #expect(hints.allSatisfy { (500...2500).contains($0) })
        #expect(Set(hints).count > hints.count / 4)
      }
    }

    /// While clients leave, what would begin something new is refused, with when to try again.
    private static func checkRefusals(
      by hub: HubBinary, _ caller: RawSocket, _ upgrader: RawSocket, _ client: HubClient
    ) throws {
      var status = 200
      while status == 200 {
        try hub.send("GET", "/ready", nil, on: caller)
        status = try caller.receiveResponse().status
      }
      #expect(status == 503)
      try hub.send("POST", "/api/invoke", ["agentId": "demo", "message": "too late"], on: caller)
      let refusal = try caller.receiveResponse()
      #expect(refusal.status == 503)
      #expect(refusal.fields["retry-after"] != nil)
      #expect(try JSON.parse(refusal.body)["code"] == "draining")
      try upgrader.send(
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:\(hub.port)\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
      #expect(try upgrader.receiveResponse().status == 503)
      #expect(throws: RawSocketError.self) { try RawSocket(port: hub.port) }
      try client.send(["id": 9, "command": "invoke", "agent": "demo", "message": "too late"])
      while true {
        guard case .other(let json) = try client.next(), json["reply"] == 9 else { continue }
        #expect(json["error"]?["code"] == "draining")
        #expect(json["error"]?["temporary"] == true)
        #expect((json["error"]?["retryAfterMs"]?.integer ?? 0) > 0)
        return
      }
    }

    @Test func `Without a deadline all are told at once`() async throws {
      try await onThread {
        let isAtOnce = try TimeLimit.isMet(.seconds(1)) {
          let hub = try HubBinary(environment: ["AGENTHUB_LOOPS": "1", "AGENTHUB_DRAIN_SECONDS": "0"])
          let clients = try Self.crowd(150, on: hub).enumerated().filter { !$0.offset.isMultiple(of: 3) }
            .map(\.element)
          let start = ContinuousClock.now
          hub.terminate()
          #expect(hub.ending() == .exited(0))
          let time = ContinuousClock.now - start
          for client in clients { #expect(try Self.readToTheEnd(client) != nil) }
          return time
        }
        #expect(isAtOnce)
      }
    }
  }
}
