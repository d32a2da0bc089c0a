import Basics
import Model
import Storage
import TestKit
import Testing

@testable import Realtime

struct ReplayTests {
  @Test(arguments: [
    (1.0, [0, 500, 2500, 2500, 2501]), (2.0, [0, 250, 1250, 1250, 1250.5]), (0.0, [0, 0, 0, 0, 0]),
    (0.1, [0, 5000, 15_000, 15_000, 15_010]), (1000.0, [0, 0.5, 2.5, 2.5, 2.501]),
  ])
  func `pauses are those that were, times the pace, and bounded`(pace: Double, due: [Double]) {
    var clock = ReplayClockMachine(pace: pace)
    // Half a second, a day, a step back in time, and a millisecond beyond the latest.
    let moments: [Int64] = [1000, 1500, 86_400_000, 5000, 86_400_001]
    let found = moments.map { clock.due(at: Timestamp(milliseconds: $0)) }
    for (found, due) in zip(found, due) { #expect(abs(found - due) < 0.0001, "\(found)") }
  }

  @Test(arguments: [
    (nil, nil, 1...8), ("3", nil, 3...8), (nil, "5", 1...5), ("3", "3", 3...3), ("0", "99", 1...8),
    ("2100-01-01T00:00:03Z", nil, 4...8), (nil, "2100-01-01T00:00:03Z", 1...4),
    ("2100-01-01T00:00:02Z", "2100-01-01T00:00:03Z", 3...4), ("4", "2100-01-01T00:00:05Z", 4...6),
  ])
  func `a range is of seqs or of moments, and holds both ends`(
    from: String?, to: String?, seqs: ClosedRange<Int64>
  ) async throws {
    let fixture = try await HubFixture()
    let id = try await Self.talk(fixture.store)
    var order = ReplayOrder(id)
    order.from = from.flatMap { ReplayOrder.Bound(text: $0) }
    order.to = to.flatMap { ReplayOrder.Bound(text: $0) }
    order.pace = 0
    let shown = Recorder<Replay.Shown>()
    let end = try await Replay.begin(order, in: fixture.store).run { events in
      for event in events { shown.record(event) }
      return true
    }
    #expect(shown.all.map(\.seq) == Array(seqs))
    #expect(end == Replay.End(seq: seqs.upperBound, events: seqs.count))
    #expect(shown.all.allSatisfy { (try? JSON.parse($0.json))?["replay"] == true })
    await fixture.close()
  }

  @Test(arguments: ["-1", "x", "", "1.5"])
  func `what is no seq and no moment is no end of a range`(text: String) {
    #expect(ReplayOrder.Bound(text: text) == nil)
  }

  @Test func `a long log is shown whole, in order, and nothing to one who has left`() async throws {
    let fixture = try await HubFixture()
    let id = try await fixture.conversation()
    try await fixture.append(999, to: id)
    var order = ReplayOrder(id)
    order.pace = 0
    let replay = try await Replay.begin(order, in: fixture.store)
    // What comes later is no part of it.
    try await fixture.append(5, to: id)
    let shown = Recorder<Replay.Shown>()
    let end = try await replay.run { events in
      for event in events { shown.record(event) }
      return shown.all.count < 1000
    }
    #expect(shown.all.map(\.seq) == Array(1...1000))
    #expect(end.events < 1000)
    #expect(end.isCut)
    await fixture.close()
  }

  @Test func `a client sees a conversation again beside what happens`() async throws {
    let fixture = try await HubFixture()
    let id = try await Self.talk(fixture.store)
    let client = await Client.connect(1, to: fixture)
    await client.send([
      "id": 7, "command": "replay", "conversation": .string(id.text), "pace": 1000, "from": 3, "to": "5",
    ])
    let messages = try await client.messages { $0["replayed"] != nil }
    let ok = messages.first { $0["reply"] == 7 }?["ok"]
    #expect(
      ok == [
        "replay": "r1", "conversation": .string(id.text), "epoch": .string(fixture.store.epoch), "seq": 5,
      ])
    let events = messages.filter { $0["seq"] != nil }
    #expect(events.map { $0["seq"] } == [3, 4, 5])
    #expect(events.allSatisfy { $0["replay"] == true })
    #expect(
      messages.last?["replayed"]
        == ["replay": "r1", "conversation": .string(id.text), "seq": 5, "events": 3, "stopped": false])
    await fixture.close()
  }

  @Test func `a replay is stopped, and another one takes its place`() async throws {
    let fixture = try await HubFixture()
    let id = try await Self.talk(fixture.store)
    let client = await Client.connect(1, to: fixture)
    // Ten seconds to the second event.
    let slow: JSON = [
      "id": 1, "command": "replay", "conversation": .string(id.text), "pace": 0.01, "from": 2,
    ]
    await client.send(slow)
    _ = try await client.messages { $0["seq"] == 2 }
    await client.send(["id": 2, "command": "stop", "replay": "r1"])
    let stopped = try await client.messages { $0["replayed"] != nil }
    #expect(stopped.contains { $0["reply"] == 2 && $0["ok"]?["replay"] == "r1" })
    #expect(stopped.last?["replayed"]?["stopped"] == true)
    await client.send(slow)
    _ = try await client.messages { $0["reply"] == 1 && $0["ok"]?["replay"] == "r2" }
    await client.send(["id": 4, "command": "replay", "conversation": .string(id.text), "pace": 0])
    let both = try await client.messages { $0["replayed"]?["replay"] == "r3" }
    #expect(both.filter { $0["replay"] == true }.count >= 8)
    await client.send(["id": 5, "command": "stop", "replay": "r1"])
    let error = try await client.messages { $0["reply"] == 5 }.last
    #expect(error?["error"]?["code"] == "replay_not_found")
    await fixture.close()
  }

  @Test(
    arguments: [
      (["command": "replay"], "missing_field"),
      (["command": "replay", "conversation": "none"], "conversation_not_found"),
      (["command": "replay", "conversation": "c", "pace": -1], "invalid_field"),
      (["command": "replay", "conversation": "c", "pace": "fast"], "invalid_field"),
      (["command": "replay", "conversation": "c", "from": -1], "invalid_field"),
      (["command": "replay", "conversation": "c", "to": "now"], "invalid_field"),
      (["command": "replay", "conversation": "c", "speed": 1], "unknown_field"),
    ] as [(JSON, String)])
  func `what cannot be shown again is refused`(command: JSON, code: String) async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    var object = command.object ?? [:]
    object["id"] = 3
    await client.send(.object(object))
    let reply = try await client.messages { $0["reply"] == 3 }.last
    #expect(reply?["error"]?["code"]?.string == code)
    await fixture.close()
  }

  /// A conversation that is created now, and has seven pieces of text, one in each of the first seconds of 2100.
  private static func talk(_ store: Store) async throws -> Identifier<Conversation> {
    try await store.write { store in
      let id = try store.conversations.create().id
      for second in 1...7 {
        try store.append(
          Event(
            conversation: id, message: Identifier("m"),
            at: Timestamp(milliseconds: 4_102_444_800_000 + Int64(second) * 1000),
            body: .messageDelta(MessageDelta(channel: .final, position: second, text: "x"))))
      }
      return id
    }
  }
}
