import Basics
import TestKit
import Testing

/// Clients that come late to a log of long answers.
struct CatchUpTests {
  private static let runs = 8

  /// Eight runs whose events are 2 MB each: deltas of 120 KB, and all of it again as a whole message.
  private static func prepare(_ upstream: ScriptedUpstream) throws -> HubBinary {
    let hub = try HubBinary()
    let agent = try hub.createAgent(upstream)
    for _ in 0..<runs {
      #expect(try hub.post("/api/invoke", ["agentId": .string(agent), "message": "speak"]).status == 200)
    }
    return hub
  }

  private static func upstream() throws -> ScriptedUpstream {
    let piece = CompletionScript.piece(String(repeating: "0123456789abcde\n", count: 7500))
    return try ScriptedUpstream { _ in
      [CompletionScript.head] + Array(repeating: piece, count: 8) + CompletionScript.finish
    }
  }

  @Test func `A client that missed megabytes gets them and stays`() async throws {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await onThread {
      let hub = try Self.prepare(upstream)
      let client = HubClient()
      try client.connect(to: hub.port)
      while true {
        let happening = try client.next()
        if happening == .live { break }
        try #require(happening == .event, "\(client.ledger.offset) events came")
      }
      #expect(client.ledger.ends.count == Self.runs)
      let run = try hub.begin("demo", "Are you still there?")
      try client.follow { $0.ends[run.id] == "run.completed" }
    }
  }

  @Test func `Clients that missed megabytes and take nothing hold little of the hub's memory`() async throws {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await onThread {
      let hub = try Self.prepare(upstream)
      let before = MemoryUse(of: hub.pid)
      let clients = try (0..<12).map { _ in
        let client = HubClient()
        try client.connect(to: hub.port, receiveBuffer: 4096)
        return client
      }
      // Once somebody has everything, the others' first pages were read long ago.
      let prompt = HubClient()
      try prompt.connect(to: hub.port)
      try prompt.follow { $0.ends.count == Self.runs }
      let after = MemoryUse(of: hub.pid)
      // 16 MB for each of them would be 200 MB.
      if !before.isSanitized {
        #expect(after.heap - before.heap < 64 << 20, "the heap grew by \((after.heap - before.heap) >> 20) MB")
      }
      try clients[0].follow { $0.ends.count == Self.runs }
      #expect(clients[0].ledger.events == prompt.ledger.events)
    }
  }
}
