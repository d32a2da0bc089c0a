import Basics
import Compression
import TestKit
import Testing

/// Clients of a real hub that offered permessage-deflate.
struct CompressedSocketTests {
  /// Zeros as text, a megabyte a block: 200 MB in less than 1 MB, below what the hub refuses by its length alone.
  private static func bomb() throws -> [UInt8] {
    let zeros = try Deflater().deflate([UInt8](repeating: 0, count: 1 << 20))
    var bomb: [UInt8] = []
    for _ in 0..<200 { bomb += zeros + [0x00, 0x00, 0xFF, 0xFF] }
    return bomb + [0x00]
  }

  private static func client(of hub: HubBinary) throws -> WebSocketClient {
    let client = try WebSocketClient(
      port: hub.port, path: "/ws", subprotocols: ["agenthub.v1"], offer: "permessage-deflate")
    #expect(client.isDeflating)
    return client
  }

  @Test func `bombs are answered with 1009, at once and without the memory`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let bomb = try Self.bomb()
      #expect(bomb.count < 1 << 20)
      let before = MemoryUse(of: hub.pid)
      let begin = ContinuousClock.now
      for _ in 0..<5 {
        let clients = try (0..<4).map { _ in try Self.client(of: hub) }
        for client in clients { try client.send(compressed: bomb) }
        for client in clients {
          var last = try client.receive()
          while case .text = last { last = try client.receive() }
          guard case .closed(1009, _) = last else {
            Issue.record("a bomb was answered with \(last)")
            return
          }
        }
      }
      let time = ContinuousClock.now - begin
      let after = MemoryUse(of: hub.pid)
      // Inflated they are 4 GB. Each connection may collect 1 MB, and the one under way inflate another.
      if !before.isSanitized { #expect(after.peak - before.peak < 32 << 20) }
      #expect(time < TimeLimit.of(.seconds(20)), "\(time)")
      let healthy = try Self.client(of: hub)
      try healthy.send(compressed: Deflater().deflate(Array(#"{"id":1,"command":"hello"}"#.utf8)))
      guard case .text = try healthy.receive() else {
        Issue.record("the hub serves no more")
        return
      }
    }
  }

  @Test func `a snapshot comes deflated, and is what others get plain`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let prompt = String(repeating: "What is said again is said in fewer bytes. ", count: 100)
      let run = try hub.post("/api/invoke", ["agentId": "demo", "message": .string(prompt)])
      let conversation = try #require(run["conversationId"])
      let snapshots = try ["permessage-deflate", nil].map { offer in
        let client = try WebSocketClient(
          port: hub.port, path: "/ws", subprotocols: ["agenthub.v1"], offer: offer)
        try client.send(["id": 1, "command": "hello"])
        try client.send(["id": 2, "command": "subscribe", "conversation": conversation])
        while case .text(let bytes) = try client.receive() {
          let message = try JSON.parse(bytes)
          guard message["snapshot"] != nil else { continue }
          #expect(client.inflatedCount == (offer == nil ? 0 : 1))
          return message
        }
        throw ChildProcess.Failure(description: "no snapshot")
      }
      #expect(snapshots[0].text.contains(prompt))
      #expect(snapshots[0] == snapshots[1])
    }
  }

  @Test func `watchers see the same, deflated for whatever window or plain, live and when they come back`()
    async throws
  {
    let answer = String(repeating: "An answer that repeats itself. ", count: 400)
    let upstream = try ScriptedUpstream { _ in
      [CompletionScript.head, CompletionScript.piece(answer)] + CompletionScript.finish
    }
    defer { upstream.stop() }
    try await onThread {
      let hub = try HubBinary()
      let agent = try hub.createAgent(upstream)
      let offers = [
        nil, "permessage-deflate", "permessage-deflate; server_max_window_bits=9", "permessage-deflate",
      ]
      let clients = try offers.map { offer in
        let client = HubClient()
        try client.connect(to: hub.port, offer: offer)
        return client
      }
      for number in 0..<3 { _ = try hub.begin(agent, "\(number) \(answer)") }
      for client in clients { try client.follow { $0.ends.count == 3 } }
      for (client, offer) in zip(clients, offers) {
        #expect(client.ledger.durable == clients[0].ledger.durable)
        #expect(client.ledger.completed.count == 3)
        // Prompt, answer as deltas and answer as a whole; all of them are longer than a window of 9 bits.
        let isLargest = offer == "permessage-deflate"
        #expect(isLargest ? client.inflatedCount >= 9 : client.inflatedCount == 0, "\(offer ?? "plain")")
      }
      for offer in offers {
        let late = HubClient()
        try late.connect(to: hub.port, offer: offer)
        try late.follow { $0.ends.count == 3 }
        #expect(late.ledger.durable == clients[0].ledger.durable)
        #expect((late.inflatedCount > 0) == (offer == "permessage-deflate"))
      }
    }
  }
}
