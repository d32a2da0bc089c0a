import Basics
import Glibc
import TestKit
import Testing

/// Who may end a run, and who does not.
struct RunControlTests {
  @Test func `A stop closes the provider's connection at once and keeps the text`() async throws {
    let upstream = try ScriptedUpstream(CompletionScript.head, CompletionScript.piece("Begun"), .stall)
    defer { upstream.stop() }
    try await onThread {
      let hub = try HubBinary()
      let client = HubClient()
      try client.connect(to: hub.port)
      let run = try hub.begin(hub.createAgent(upstream), "Hello")
      try client.follow { $0.texts[run.output] == Array("Begun".utf8) }
      let start = ContinuousClock.now
      let answer = try hub.post("/api/runs/\(run.id)/stop")
      #expect(answer["status"]?.string == "stopped")
      while upstream.closedByPeer == 0, ContinuousClock.now - start < TimeLimit.of(.seconds(5)) {
        usleep(1000)
      }
      #expect(upstream.closedByPeer == 1)
      #expect(ContinuousClock.now - start < TimeLimit.of(.seconds(3)))
      try client.follow { $0.ends[run.id] == "run.stopped" }
      #expect(client.ledger.completed[run.output] == Array("Begun".utf8))
      // Once more changes nothing.
      #expect(try hub.post("/api/runs/\(run.id)/stop")["status"]?.string == "stopped")
    }
  }

  @Test func `The same idempotency key twice is one run with one answer`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in [.waitFor(gate)] + CompletionScript.whole("Once") }
    defer { upstream.stop() }
    let hub = try await onThread { try HubBinary() }
    let agent = try await onThread { try hub.createAgent(upstream) }
    let invoke: @Sendable () throws -> HubAnswer = {
      try hub.post(
        "/api/invoke", ["agentId": .string(agent), "message": "Hello"], fields: "Idempotency-Key: k1\r\n")
    }
    async let first = onThread(invoke)
    async let second = onThread(invoke)
    #expect(await upstream.wait { $0.requests.count == 1 })
    gate.open()
    let answers = try await [first, second, onThread(invoke)]
    for answer in answers {
      #expect(answer.status == 200)
      #expect(answer.json == answers[0].json)
    }
    #expect(upstream.requests.count == 1)
    let other = try await onThread {
      try hub.post(
        "/api/invoke", ["agentId": .string(agent), "message": "Else"], fields: "Idempotency-Key: k1\r\n")
    }
    #expect(other.status == 422)
  }

  @Test func `Neither the caller nor a viewer stops a run by leaving`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in
      [
        CompletionScript.head, CompletionScript.piece("First, "), .waitFor(gate),
        CompletionScript.piece("then"),
      ]
        + CompletionScript.finish
    }
    defer { upstream.stop() }
    try await onThread {
      let hub = try HubBinary()
      let agent = try hub.createAgent(upstream)
      let viewer = HubClient()
      try viewer.connect(to: hub.port)
      let caller = try RawSocket(port: hub.port)
      try hub.send("POST", "/api/invoke", ["agentId": .string(agent), "message": "Hello"], on: caller)
      try viewer.follow { $0.texts.values.contains(Array("First, ".utf8)) }
      caller.reset()
      viewer.leave(.resetting)
      // A request that is answered after theirs shows that the hub has noticed.
      #expect(try hub.get("/health").status == 200)
      gate.open()
      try viewer.connect(to: hub.port)
      try viewer.follow { $0.ends.count == 1 }
      #expect(viewer.ledger.ends.values.contains("run.completed"))
      #expect(viewer.ledger.completed.values.contains(Array("First, then".utf8)))
    }
  }

  @Test func `A conversation's history reaches the provider in order`() async throws {
    let upstream = try ScriptedUpstream { _ in CompletionScript.whole("Answer") }
    defer { upstream.stop() }
    try await onThread {
      let hub = try HubBinary()
      let agent = try hub.createAgent(upstream)
      let first = try hub.post("/api/invoke", ["agentId": .string(agent), "message": "One"])
      let conversation = first["conversationId"] ?? .null
      let second: JSON = ["agentId": .string(agent), "message": "Two", "conversationId": conversation]
      #expect(try hub.post("/api/invoke", second)["response"]?.string == "Answer")
    }
    let turns = try JSON.parse(try #require(upstream.requests.last).body)["messages"]?.array ?? []
    #expect(turns.compactMap { $0["content"]?.string } == ["One", "Answer", "Two"])
  }
}
