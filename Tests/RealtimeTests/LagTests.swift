import Basics
import EventEngine
import Model
import Storage
import Synchronization
import TestKit
import Testing

@testable import Realtime

/// What a connection gets that cannot keep up.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct LagTests {
  private static func configuration(frames: Int, maximumLag: Int64 = 100_000) -> HubConfiguration {
    var configuration = HubConfiguration()
    configuration.log = FrameLog.Limits(bytes: 1 << 20, frames: frames)
    configuration.maximumLag = maximumLag
    return configuration
  }

  @Test(arguments: [32, 16384])
  func `a slow reader gets a message's deltas as one, and catches up`(frames: Int) async throws {
    let fixture = try await HubFixture(Self.configuration(frames: frames))
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "subscribe", "after": 0])
    var reading = Reading()
    for message in try await client.messages(until: { $0["live"] != nil }) { reading.take(message) }
    client.farEnd.state.withLock { $0.room = 0 }
    for _ in 0..<40 { try await fixture.append(50, to: conversation) }
    await client.give(.max / 2)
    for message in try await client.messages(until: { $0["offset"] == 2001 && $0["type"] != nil }) {
      reading.take(message)
    }
    #expect(reading.texts[conversation.text] == fixture.texts.withLock { $0[conversation] })
    #expect(reading.merged > 0)
    #expect(reading.events < 40, "2000 deltas came as \(reading.events) events")
    try await fixture.append(1, to: conversation)
    let live = try await client.messages { $0["offset"] == 2002 }
    #expect(live.last?["count"] == nil)
    await fixture.close()
  }

  @Test func `a reader that is too far behind gets the newest state and goes on from there`() async throws {
    let fixture = try await HubFixture(Self.configuration(frames: 32, maximumLag: 1000))
    let mine = try await fixture.conversation()
    let everything = await Client.connect(1, to: fixture)
    await everything.send(["id": 1, "command": "subscribe"])
    let one = await Client.connect(2, to: fixture)
    await one.send(["id": 1, "command": "subscribe", "conversation": .string(mine.text), "after": 1])
    for client in [everything, one] {
      _ = try await client.messages { $0["live"] != nil }
      client.farEnd.state.withLock { $0.room = 0 }
    }
    for _ in 0..<30 { try await fixture.append(50, to: mine) }
    for client in [everything, one] { await client.give(.max / 2) }
    let state = try await everything.messages { $0["snapshot"] != nil }
    #expect(state.last?["snapshot"]?["offset"] == 1501)
    let own = try await one.messages { $0["snapshot"] != nil }
    #expect(own.last?["snapshot"]?["conversation"]?.string == mine.text)
    #expect(own.last?["snapshot"]?["seq"] == 1501)
    try await fixture.append(1, to: mine)
    let next = try await everything.messages { $0["type"] != nil && $0["offset"] == 1502 }
    #expect(next.filter { $0["type"] != nil }.count == 1)
    #expect(try await one.messages { $0["seq"] == 1502 }.count == 1)
    await fixture.close()
  }

  @Test func `what others are told does not put a reader behind that follows one conversation`() async throws
  {
    let fixture = try await HubFixture(Self.configuration(frames: 32, maximumLag: 1000))
    let mine = try await fixture.conversation()
    let other = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "subscribe", "conversation": .string(mine.text), "after": 1])
    _ = try await client.messages { $0["live"] != nil }
    client.farEnd.state.withLock { $0.room = 0 }
    for _ in 0..<30 { try await fixture.append(50, to: other) }
    await client.give(.max / 2)
    try await fixture.append(3, to: mine)
    let told = try await client.messages { $0["seq"] == 4 }
    // A ping that it did not take puts it behind by itself; then its deltas come as one.
    let events = told.filter { $0["type"] != nil }.reduce(0) { $0 + ($1["count"]?.integer ?? 1) }
    #expect(events == 3)
    #expect(told.allSatisfy { $0["snapshot"] == nil })
    await fixture.close()
  }

  @Test func `a filter that lets nothing through says where it stands`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "subscribe", "run": "another"])
    _ = try await client.messages { $0["live"] != nil }
    for _ in 0..<25 { try await fixture.append(50, to: conversation) }
    let marks = try await client.messages { ($0["ping"]?["offset"]?.integer ?? 0) >= 1001 }
    #expect(marks.count == 1, "it is told once in a thousand events, not each time")
    await fixture.close()
  }
}
