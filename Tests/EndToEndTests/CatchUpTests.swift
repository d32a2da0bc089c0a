import Basics
import TestKit
import Testing

/// Clients that come late to a log of long answers.
struct CatchUpTests {
  private static let runs = 4

  /// Runs whose events are 2 MB each: deltas of 120 KB, and all of it again as a whole message.
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

  @Test func `Clients that missed megabytes get them and stay, and those that take nothing hold little`()
    async throws
  {
    let upstream = try Self.upstream()
    defer { upstream.stop() }
    try await onThread {
      let hub = try Self.prepare(upstream)
      let before = MemoryUse(of: hub.pid)
      let stalled = try (0..<16).map { _ in
        let client = HubClient()
        try client.connect(to: hub.port, receiveBuffer: 4096)
        return client
      }
      // Once a later client has everything, the first pages of the others were read long ago.
      let late = HubClient()
      try late.connect(to: hub.port, receiveBuffer: 4096)
      try Self.readUntilLive(late)
      let after = MemoryUse(of: hub.pid)
      if !before.isSanitized {
        // Read at once for each of them, what they missed would be over 100 MB.
        #expect(
          after.heap - before.heap < 48 << 20, "the heap grew by \((after.heap - before.heap) >> 20) MB")
      }
      try Self.readUntilLive(stalled[0])
      #expect(stalled[0].ledger.durable == late.ledger.durable)
      let run = try hub.begin("demo", "Are you still there?")
      try late.follow { $0.ends[run.id] == "run.completed" }
    }
  }

  private static func readUntilLive(_ client: HubClient) throws {
    while true {
      let happening = try client.next()
      if happening == .live { break }
      try #require(happening == .event, "\(client.ledger.offset) events came")
    }
    #expect(client.ledger.ends.count == runs)
  }
}
