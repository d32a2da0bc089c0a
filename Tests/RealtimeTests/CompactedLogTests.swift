import Basics
import Model
import Storage
import TestKit
import Testing

@testable import Realtime

/// What those see who read a log whose old deltas are merged, before, after and meanwhile.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct CompactedLogTests {
  /// What a client makes of a conversation's events: seqs without a gap, and text by position.
  private struct Texts {
    var seqs: [String: Int64] = [:]
    var texts: [String: String] = [:]

    mutating func take(_ message: JSON) {
      guard message["offset"] != nil, let conversation = message["conversation"]?.string,
        let seq = message["seq"]?.integer
      else { return }
      let known = seqs[conversation, default: 0]
      guard seq > known else { return }
      #expect(seq - (message["count"]?.integer ?? 1) <= known, "\(message.text.prefix(200)) after \(known)")
      seqs[conversation] = seq
      guard message["type"] == "message.delta", let id = message["message"]?.string else { return }
      let text = texts[id, default: ""].utf16
      let position = Int(message["position"]?.integer ?? 0)
      #expect(position <= text.count, "\(message.text.prefix(200)) behind \(text.count)")
      let new = (message["text"]?.string ?? "").utf16.dropFirst(text.count - position)
      texts[id] = String(decoding: Array(text) + new, as: UTF16.self)
    }
  }

  /// A conversation with an answer of long ago, whose message is called as the conversation.
  private static func talk(_ fixture: HubFixture, deltas: Int) async throws -> Identifier<Conversation> {
    try await fixture.store.write(.relaxed) { store in
      let id = try store.conversations.create().id
      let run = Run(
        id: store.newIdentifier(), conversation: id, agent: Identifier("a"), agentName: "A", agentVersion: 1,
        status: .completed, input: Identifier("i"), output: Identifier(id.text), createdAt: store.now,
        finishedAt: Timestamp(milliseconds: store.now.milliseconds - 60_000))
      try store.runs.insert(run)
      for number in 0..<deltas {
        let delta = MessageDelta(channel: .final, position: 3 * number, text: "\(number % 10)👩")
        try store.append(
          Event(
            conversation: id, run: run.id, message: run.output, at: store.now, body: .messageDelta(delta)))
      }
      let end = EventBody.run(.completed, usage: nil, error: nil)
      try store.append(Event(conversation: id, run: run.id, at: store.now, body: end))
      return id
    }
  }

  private static func text(deltas: Int) -> String { (0..<deltas).map { "\($0 % 10)👩" }.joined() }

  /// Merges all that is due and that no loop holds; how many rows went.
  @discardableResult
  private static func compact(_ fixture: HubFixture) async throws -> Int {
    var dropped = 0
    let floor = await fixture.hub.oldestFrame()
    for work in try await fixture.store.read({ try $0.compaction.due(after: .seconds(1), limit: 100) }) {
      var next: RunCompaction? = work
      while let work = next {
        guard
          let page = try await fixture.store.read({ try $0.compaction.page(of: work, below: floor) })
        else { return dropped }
        try await fixture.store.write(.relaxed) { try $0.compaction.perform(page, of: work) }
        dropped += page.dropped
        next = page.next
      }
    }
    return dropped
  }

  @Test func `what a loop still has in memory is not merged`() async throws {
    let fixture = try await HubFixture()
    _ = try await Self.talk(fixture, deltas: 50)
    #expect(await fixture.hub.oldestFrame() == 1)
    #expect(try await Self.compact(fixture) == 0)
    await fixture.close()
    let small = try await HubFixture(DeliveryPropertyTests.smallRing)
    _ = try await Self.talk(small, deltas: 50)
    #expect(try await Self.compact(small) == 0, "its end is in the ring")
    _ = try await Self.talk(small, deltas: 50)
    #expect(try await Self.compact(small) == 49)
    await small.close()
  }

  @Test(arguments: 0..<4)
  func `two who watch miss nothing while what is behind them is merged`(seed: Int) async throws {
    let fixture = try await HubFixture(DeliveryPropertyTests.smallRing)
    let deltas = 200
    var ids: [Identifier<Conversation>] = []
    for _ in 0..<4 { ids.append(try await Self.talk(fixture, deltas: deltas)) }
    let everything = await Client.connect(1, to: fixture, room: 4000)
    let one = await Client.connect(2, to: fixture, room: 4000)
    await everything.send([
      "id": 1, "command": "subscribe", "after": 0, "epoch": .string(fixture.store.epoch),
    ])
    var random = SeededGenerator(seed: UInt64(seed))
    await one.send([
      "id": 1, "command": "subscribe", "conversation": .string(ids[1].text), "after": 0,
      "epoch": .string(fixture.store.epoch),
    ])
    var (all, mine) = (Texts(), Texts())
    for _ in 0..<60 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: try await Self.compact(fixture)
      case 1: ids.append(try await Self.talk(fixture, deltas: deltas))
      default:
        await everything.give(Int.random(in: 0...9000, using: &random))
        await one.give(Int.random(in: 0...4000, using: &random))
      }
      for message in everything.farEnd.takeMessages() { all.take(message) }
      for message in one.farEnd.takeMessages() { mine.take(message) }
    }
    try await Self.compact(fixture)
    let last = try await Self.talk(fixture, deltas: 1)
    await everything.give(.max / 4)
    await one.give(.max / 4)
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(20))
    while all.seqs[last.text] != 3 || mine.seqs[ids[1].text] != Int64(deltas + 2) {
      guard ContinuousClock.now < deadline else { throw FixtureError.tookTooLong }
      for message in everything.farEnd.takeMessages() { all.take(message) }
      for message in one.farEnd.takeMessages() { mine.take(message) }
      try await Task.sleep(for: .milliseconds(2))
    }
    #expect(mine.texts[ids[1].text] == Self.text(deltas: deltas))
    for id in ids { #expect(all.texts[id.text] == Self.text(deltas: deltas)) }
    #expect(all.texts[last.text] == Self.text(deltas: 1))
    await fixture.close()
  }

  @Test func `whoever comes back with any position gets the rest`() async throws {
    let fixture = try await HubFixture(DeliveryPropertyTests.smallRing)
    let id = try await Self.talk(fixture, deltas: 40)
    let (first, last) = (Int64(2), Int64(42))
    let before = try await fixture.store.read { try $0.events.page(of: id, after: 0).items }
    _ = try await Self.talk(fixture, deltas: 40)
    #expect(try await Self.compact(fixture) == 39)
    for (number, after) in (first...last).enumerated() {
      let client = await Client.connect(number, to: fixture)
      await client.send([
        "id": 1, "command": "subscribe", "conversation": .string(id.text), "after": .integer(after),
        "epoch": .string(fixture.store.epoch),
      ])
      var texts = Texts()
      for event in before where event.seq <= after { texts.take(try JSON.parse(event.json())) }
      let messages = try await client.messages { $0["live"] != nil }
      #expect(messages.first?["ok"]?["recovered"] == true)
      for message in messages { texts.take(message) }
      #expect(texts.texts[id.text] == Self.text(deltas: 40), "after \(after)")
      #expect(texts.seqs[id.text] == last)
      await client.disconnect()
    }
    await fixture.close()
  }

  @Test func `a replay of merged deltas says that it is coarse`() async throws {
    let fixture = try await HubFixture(DeliveryPropertyTests.smallRing)
    let id = try await Self.talk(fixture, deltas: 40)
    _ = try await Self.talk(fixture, deltas: 40)
    var order = ReplayOrder(id)
    order.pace = 0
    for isCoarse in [false, true] {
      if isCoarse { try await Self.compact(fixture) }
      var texts = Texts()
      let shown = Recorder<Replay.Shown>()
      let end = try await Replay.begin(order, in: fixture.store).run { events in
        for event in events { shown.record(event) }
        return true
      }
      for event in shown.all { texts.take(try JSON.parse(event.json)) }
      #expect(texts.texts[id.text] == Self.text(deltas: 40))
      #expect(end.isCoarse == isCoarse)
      #expect(end.json(of: order)["replayed"]?["coarse"] == (isCoarse ? true : nil))
    }
    await fixture.close()
  }
}
