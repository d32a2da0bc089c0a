import Basics
import EventEngine
import Model
import Synchronization
import TestKit
import Testing

@testable import Realtime

/// Several events in one message, for clients that ask for it.
struct BatchTests {
  private static func connect(
    _ number: Int, deflateLimit: Int = 0, _ capabilities: JSON, to fixture: HubFixture
  )
    async throws -> Client
  {
    let client = await Client.connectSocket(number, to: fixture, deflateLimit: deflateLimit)
    await client.send(["id": 1, "command": "hello", "capabilities": capabilities])
    let hello = try await client.messages { $0["live"] != nil }.first { $0["reply"] == 1 }
    #expect(hello?["ok"]?["capabilities"] == capabilities)
    return client
  }

  @Test func `who asks gets several events a message, deflated once for all who take it so`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let plain = try await Self.connect(1, [], to: fixture)
    let batched = try await Self.connect(2, ["batches"], to: fixture)
    let deflated = try await Self.connect(3, deflateLimit: .max, ["batches"], to: fixture)
    let other = try await Self.connect(4, deflateLimit: .max, ["batches"], to: fixture)
    let narrow = try await Self.connect(5, deflateLimit: 512, ["batches"], to: fixture)
    // What the greeting left in the small buffers must be gone first.
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while await fixture.inside({ loop in
      loop[Clients.key]?.sessions.values.contains { $0.subscriber.follower.inStep == nil } ?? true
    }) {
      try #require(ContinuousClock.now < deadline, "a client never comes into step")
    }
    // All in one commit, so that one sweep has them.
    try await fixture.append(8, to: conversation)
    let text = fixture.texts.withLock { $0[conversation] }
    for client in [plain, batched, deflated, other, narrow] {
      let events = try await client.messages { $0["offset"] == 9 }.filter { $0["offset"] != nil }
      #expect(events.compactMap { $0["offset"]?.integer } == Array(2...9))
      #expect(events.compactMap { $0["text"]?.string }.joined() == text)
    }
    let batches = [plain, batched, deflated, other, narrow].map { $0.farEnd.state.withLock { $0.batchCount } }
    #expect(batches == [0, 1, 1, 1, 0])
    let made = [batched, deflated, other].map { $0.farEnd.state.withLock { $0.deflatingCount } }
    #expect(made.reduce(0, +) == 1, "compressed once")
    #expect([deflated, other].allSatisfy { $0.farEnd.state.withLock { $0.deflatedCount } == 1 })
    await fixture.close()
  }

  @Test func `a lone delta is never deflated, and a later hello ends batches`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let client = try await Self.connect(1, deflateLimit: .max, ["batches"], to: fixture)
    try await fixture.append(1, to: conversation)
    _ = try await client.messages { $0["offset"] == 2 }
    await client.send(["id": 2, "command": "hello", "capabilities": []])
    _ = try await client.messages { $0["reply"] == 2 }
    try await fixture.append(8, to: conversation)
    _ = try await client.messages { $0["offset"] == 10 }
    #expect(client.farEnd.state.withLock { ($0.batchCount, $0.deflatingCount) } == (0, 0))
    await fixture.close()
  }
}
