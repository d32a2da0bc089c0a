import Basics
import EventEngine
import Model
import Storage
import Synchronization
import TestKit
import Testing

@testable import Realtime

/// Random walks of one connection that subscribes, ends and begins anew as it likes, with little room and a ring far too small.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct SubscriptionWalkTests {
  /// What a client knows of its subscriptions, from what it was sent alone.
  private struct Ledger {
    /// The newest seq of each conversation that is subscribed to.
    var reached: [String: Int64] = [:]
    /// Commands without a reply yet: the conversation, and the position asked for or nil for the end of it.
    var asked: [Int64: (conversation: String, after: Int64?)] = [:]

    mutating func take(_ message: JSON) {
      if let id = message["reply"]?.integer, let (conversation, after) = asked.removeValue(forKey: id) {
        let code = message["error"]?["code"]
        #expect(code == nil || code == (after == nil ? "not_subscribed" : "superseded"), "\(message.text)")
        if code != "superseded" { reached[conversation] = after }
      } else if let conversation = message["conversation"]?.string, let seq = message["seq"]?.integer {
        let count = message["count"]?.integer ?? 1
        #expect(reached[conversation].map { $0 + count } == seq, "\(conversation)")
        reached[conversation] = seq
      } else if let live = message["live"], let conversation = live["conversation"]?.string {
        #expect(reached[conversation] == live["seq"]?.integer)
      }
    }
  }

  @Test(arguments: 0..<8)
  func `every subscription gets each of its events once, in order`(seed: Int) async throws {
    let fixture = try await HubFixture(DeliveryPropertyTests.smallRing)
    var random = SeededGenerator(seed: UInt64(seed))
    var conversations: [Identifier<Conversation>] = []
    for _ in 0..<4 { conversations.append(try await fixture.conversation()) }
    let client = await Client.connect(1, to: fixture, room: 2000)
    await client.send(["id": 0, "command": "subscribe", "run": "none"])
    var ledger = Ledger()
    for id in 1...250 {
      let conversation = try #require(conversations.randomElement(using: &random))
      switch Int.random(in: 0..<8, using: &random) {
      case 0...2: try await fixture.append(Int.random(in: 1...30, using: &random), to: conversation)
      case 3:
        let after = Int64.random(in: 0...(ledger.reached[conversation.text] ?? 0), using: &random)
        ledger.asked[Int64(id)] = (conversation.text, after)
        await client.send([
          "id": .integer(Int64(id)), "command": "subscribe", "conversation": .string(conversation.text),
          "after": .integer(after), "epoch": .string(fixture.store.epoch),
        ])
      case 4:
        ledger.asked[Int64(id)] = (conversation.text, nil)
        await client.send([
          "id": .integer(Int64(id)), "command": "unsubscribe", "conversation": .string(conversation.text),
        ])
      default:
        await client.give(Int.random(in: 0...9000, using: &random))
        for message in client.farEnd.takeMessages() { ledger.take(message) }
      }
    }
    await client.give(.max / 4)
    await client.send(["id": 999, "command": "subscribe", "run": "none", "after": 0])
    for message in try await client.messages(until: { $0["live"]?["run"] != nil }) { ledger.take(message) }
    try await Self.settle(client, &ledger, conversations)
    #expect(ledger.asked.isEmpty)
    await fixture.close()
  }

  /// Reads until all that is subscribed to has reached its end.
  private static func settle(
    _ client: Client, _ ledger: inout Ledger, _ conversations: [Identifier<Conversation>]
  ) async throws {
    let heads = try await client.fixture.store.read { store in
      try conversations.map { ($0.text, try store.events.head(of: $0)) }
    }
    let deadline = ContinuousClock.now + .seconds(20)
    while !heads.allSatisfy({ ledger.reached[$0.0] == nil || ledger.reached[$0.0] == $0.1 }) {
      guard ContinuousClock.now < deadline else {
        Issue.record("\(ledger.reached) of \(heads)")
        return
      }
      for message in client.farEnd.takeMessages() { ledger.take(message) }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  @Test(arguments: 0..<4)
  func `an event stream with little room gets every event once, in order, and its end`(seed: Int) async throws
  {
    let fixture = try await HubFixture(DeliveryPropertyTests.smallRing)
    var random = SeededGenerator(seed: UInt64(seed))
    let conversation = try await fixture.conversation()
    try await fixture.append(300, to: conversation)
    let farEnd = FarEnd(room: 1000)
    let id = await Self.stream(conversation, to: farEnd, fixture)
    for _ in 0..<60 {
      try await fixture.append(Int.random(in: 1...20, using: &random), to: conversation)
      farEnd.give(Int.random(in: 0...9000, using: &random))
      await Self.wake(id, fixture)
    }
    let head = try await fixture.store.read { try $0.events.head() }
    await fixture.inside { $0[HubShard.key]?.subscriber(id)?.finish(after: head + 1) }
    farEnd.give(.max / 4)
    await Self.wake(id, fixture)
    try await Self.wait(for: farEnd) { $0.last == head }
    #expect(farEnd.state.withLock { !$0.isFinished }, "its last event is yet to come")
    try await fixture.append(1, to: conversation)
    try await Self.wait(for: farEnd) { _ in farEnd.state.withLock { $0.isFinished } }
    var reading = Reading()
    for line in farEnd.state.withLock({ String(decoding: $0.received, as: UTF8.self) }).split(separator: "\n")
    where line.hasPrefix("data: ") {
      reading.take(try JSON.parse(Array(line.utf8.dropFirst(6))))
    }
    #expect(reading.seqs == [conversation.text: head + 1])
    #expect(reading.texts[conversation.text] == fixture.texts.withLock { $0[conversation] })
    await fixture.close()
  }

  private static func stream(
    _ conversation: Identifier<Conversation>, to farEnd: FarEnd, _ fixture: HubFixture
  ) async -> SubscriberID {
    await fixture.inside { loop in
      guard let shard = loop[HubShard.key] else { preconditionFailure("the hub has started") }
      let transport = MemoryTransport(farEnd, format: .eventStream, clock: { loop.now })
      let subscriber = shard.subscribe(transport, to: .hub)
      subscriber.follow(Filter(topic: .conversation(conversation)), in: conversation, after: 0, epoch: nil)
      return subscriber.id
    }
  }

  private static func wake(_ id: SubscriberID, _ fixture: HubFixture) async {
    await fixture.inside { loop in
      guard let subscriber = loop[HubShard.key]?.subscriber(id) else { return }
      (subscriber.follower.transport as? MemoryTransport)?.flush()
      if subscriber.follower.transport.isWritable { subscriber.becameWritable() }
    }
  }

  /// The seqs of the `id:` lines that have arrived.
  private static func seqs(_ farEnd: FarEnd) -> [Int64] {
    farEnd.state.withLock { String(decoding: $0.received, as: UTF8.self) }.split(separator: "\n")
      .filter { $0.hasPrefix("id: ") }.compactMap { $0.split(separator: ":").last.flatMap { Int64($0) } }
  }

  private static func wait(for farEnd: FarEnd, until isDone: ([Int64]) -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !isDone(seqs(farEnd)) {
      guard ContinuousClock.now < deadline else { throw FixtureError.tookTooLong }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}
