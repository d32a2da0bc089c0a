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

  /// How readers are connected: in memory, where every cut can happen, or by sockets, where they go in step.
  enum Way: CaseIterable, Sendable {
    case memory, sockets, batches, deflatedBatches

    var capabilities: JSON { self == .memory || self == .sockets ? [] : ["batches"] }
  }

  @Test(arguments: 0..<4, Way.allCases)
  func `readers that stall, lag and come back see every event once, in order`(seed: Int, way: Way)
    async throws
  {
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
          let reading = try await Self.readEverything(
            fixture, number: number, until: last, seed: UInt64(seed * 100 + number), way)
          for (conversation, text) in fixture.texts.withLock({ $0 }) {
            #expect(reading.texts[conversation.text] == text, "reader \(number)")
          }
        }
      }
      for number in 6..<9 {
        group.addTask { [conversation = conversations[number - 6]] in
          try await Self.readConversation(
            conversation, fixture, number: number, offsets: last, seed: UInt64(seed * 100 + number), way)
        }
      }
      try await group.waitForAll()
    }
    await fixture.close()
  }

  /// Reads everything over many short connections, each resumed from the last offset, with little room at a time.
  static func readEverything(
    _ fixture: HubFixture, number: Int, until last: Int64, seed: UInt64, _ way: Way = .memory
  ) async throws -> Reading {
    try await read(fixture, number: number, seed: seed, way) {
      $0.offset >= last
    } resume: { reading in
      [
        "id": 1, "command": "hello", "capabilities": way.capabilities,
        "resume": ["epoch": .string(fixture.store.epoch), "offset": .integer(reading.offset)],
      ]
    }
  }

  /// The same for one conversation, over `subscribe`.
  static func readConversation(
    _ conversation: Identifier<Conversation>, _ fixture: HubFixture, number: Int, offsets: Int64,
    seed: UInt64,
    _ way: Way
  ) async throws {
    let reading = try await read(fixture, number: number, seed: seed, way) { reading in
      let (head, seq) = try await fixture.store.read {
        (try $0.events.head(), try $0.events.head(of: conversation))
      }
      return head == offsets && reading.seqs[conversation.text] == seq
    } resume: { reading in
      [
        "id": 1, "command": "subscribe", "conversation": .string(conversation.text),
        "after": .integer(reading.seqs[conversation.text] ?? 0), "epoch": .string(fixture.store.epoch),
      ]
    }
    #expect(
      reading.texts[conversation.text] == fixture.texts.withLock { $0[conversation] }, "reader \(number)")
  }

  private static func read(
    _ fixture: HubFixture, number: Int, seed: UInt64, _ way: Way,
    until isWhole: (Reading) async throws -> Bool,
    resume: (Reading) -> JSON
  ) async throws -> Reading {
    var random = SeededGenerator(seed: seed)
    var reading = Reading()
    let deadline = ContinuousClock.now + TimeLimit.of(.seconds(60))
    while try await !isWhole(reading) {
      guard ContinuousClock.now < deadline else { throw FixtureError.tookTooLong }
      let room = Int.random(in: 0...3000, using: &random)
      let client =
        switch way {
        case .memory: await Client.connect(number, to: fixture, room: room)
        case .sockets, .batches: await Client.connectSocket(number, to: fixture, room: room)
        case .deflatedBatches:
          await Client.connectSocket(number, to: fixture, room: room, deflateLimit: .max)
        }
      await client.send(resume(reading))
      // Before its first command is answered a connection gets the live broadcast; a reader that resumes begins at the reply.
      var hasReply = false
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        await client.give(Int.random(in: 0...4000, using: &random))
        for message in client.farEnd.takeMessages() {
          if message["reply"] == 1 { hasReply = true }
          if hasReply { reading.take(message) }
        }
        if Bool.random(using: &random) { try await Task.sleep(for: .milliseconds(1)) }
      }
      await client.disconnect()
    }
    return reading
  }
}
