import Basics
import EventEngine
import Model
import Storage
import Synchronization
import TestKit
import Testing

@testable import Realtime

/// Nothing lost, nothing doubled, nothing out of order: whatever the readers do.
struct DeliveryPropertyTests {
  /// A ring that is far too small, so that readers fall out of it all the time.
  static var smallRing: HubConfiguration {
    var configuration = HubConfiguration()
    configuration.log = FrameLog.Limits(bytes: 16384, frames: 32)
    configuration.longestTick = 2_000_000
    return configuration
  }

  @Test(arguments: 0..<4)
  func `readers that stall, lag and come back see every event once, in order`(seed: Int) async throws {
    let fixture = try await HubFixture(Self.smallRing)
    var conversations: [Identifier<Conversation>] = []
    for _ in 0..<3 { conversations.append(try await fixture.conversation()) }
    let last = Int64(3 + 60 * 12)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [conversations] in
        var random = SeededGenerator(seed: UInt64(seed))
        var left = 60 * 12
        while left > 0 {
          let count = min(left, Int.random(in: 1...25, using: &random))
          try await fixture.append(count, to: conversations[Int.random(in: 0..<3, using: &random)])
          left -= count
          if Bool.random(using: &random) { try await Task.sleep(for: .milliseconds(1)) }
        }
      }
      for number in 0..<6 {
        group.addTask {
          let offsets = try await Self.readEverything(
            fixture, number: number, until: last, seed: UInt64(seed * 100 + number))
          #expect(offsets == Array(1...last), "reader \(number)")
        }
      }
      for number in 6..<9 {
        group.addTask { [conversation = conversations[number - 6]] in
          try await Self.readConversation(
            conversation, fixture, number: number, offsets: last, seed: UInt64(seed * 100 + number))
        }
      }
      try await group.waitForAll()
    }
    await fixture.close()
  }

  /// Reads all offsets over many short connections, each resumed from the last offset, with little room at a time.
  static func readEverything(
    _ fixture: HubFixture, number: Int, until last: Int64, seed: UInt64
  ) async throws -> [Int64] {
    var random = SeededGenerator(seed: seed)
    var offsets: [Int64] = []
    let deadline = ContinuousClock.now + TimeLimit.of(.seconds(60))
    while (offsets.last ?? 0) < last {
      guard ContinuousClock.now < deadline else { throw FixtureError.tookTooLong }
      let client = await Client.connect(number, to: fixture, room: Int.random(in: 0...3000, using: &random))
      await client.send([
        "id": 1, "command": "hello",
        "resume": ["epoch": .string(fixture.store.epoch), "offset": .integer(offsets.last ?? 0)],
      ])
      // Before its hello is answered a connection gets the live broadcast; a reader that resumes begins at the reply.
      var hasReply = false
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        await client.give(Int.random(in: 0...4000, using: &random))
        for message in client.farEnd.takeMessages() {
          if message["reply"] == 1 { hasReply = true }
          if hasReply, message["type"] != nil, let offset = message["offset"]?.integer {
            offsets.append(offset)
          }
        }
        if Bool.random(using: &random) { try await Task.sleep(for: .milliseconds(1)) }
      }
      await client.disconnect()
    }
    return offsets
  }

  /// The same for one conversation's seqs, over `subscribe`.
  static func readConversation(
    _ conversation: Identifier<Conversation>, _ fixture: HubFixture, number: Int, offsets: Int64, seed: UInt64
  ) async throws {
    var random = SeededGenerator(seed: seed)
    var seqs: [Int64] = []
    let deadline = ContinuousClock.now + TimeLimit.of(.seconds(60))
    while true {
      guard ContinuousClock.now < deadline else { throw FixtureError.tookTooLong }
      let (head, seq) = try await fixture.store.read {
        (try $0.events.head(), try $0.events.head(of: conversation))
      }
      if head == offsets, seqs.last == seq { break }
      let client = await Client.connect(number, to: fixture, room: Int.random(in: 0...2000, using: &random))
      await client.send([
        "id": 1, "command": "subscribe", "conversation": .string(conversation.text),
        "after": .integer(seqs.last ?? 0), "epoch": .string(fixture.store.epoch),
      ])
      var hasReply = false
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        await client.give(Int.random(in: 0...4000, using: &random))
        for message in client.farEnd.takeMessages() {
          if message["reply"] == 1 { hasReply = true }
          if hasReply, message["type"] != nil, let seq = message["seq"]?.integer { seqs.append(seq) }
        }
        if Bool.random(using: &random) { try await Task.sleep(for: .milliseconds(1)) }
      }
      await client.disconnect()
    }
    #expect(seqs == Array(1...(seqs.last ?? 0)), "reader \(number) of \(conversation)")
  }
}
