import Basics
import EventEngine
import Model
import Storage
import Synchronization
import TestKit
import Testing

@testable import Realtime

/// Large frames for the connections that take them deflated.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct DeflatedFramesTests {
  private static func subscribed(
    _ number: Int, to fixture: HubFixture, deflateLimit: Int, _ more: JSONObject = [:]
  ) async throws -> Client {
    let client = await Client.connect(number, to: fixture, deflateLimit: deflateLimit)
    var command: JSONObject = ["id": 1, "command": "subscribe"]
    for member in more.members { command[member.name] = member.value }
    await client.send(.object(command))
    _ = try await client.messages { $0["live"] != nil }
    return client
  }

  @Test func `a large frame is deflated once for all who take it so, and small ones never`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let limits = [0, .max, 4096, .max, 1 << 9, 0]
    var clients: [Client] = []
    for (number, limit) in limits.enumerated() {
      clients.append(try await Self.subscribed(number, to: fixture, deflateLimit: limit))
    }
    clients.append(
      try await Self.subscribed(
        6, to: fixture, deflateLimit: .max, ["conversation": .string(conversation.text), "after": 1]))
    try await fixture.append(5, to: conversation)
    try await fixture.append(1, to: conversation, padding: 2000)
    try await fixture.append(5, to: conversation)
    try await fixture.append(2, to: conversation, padding: 6000)
    try await fixture.append(1, to: conversation)
    var all: [[JSON]] = []
    for client in clients {
      all.append(try await client.messages { $0["offset"] == 15 }.filter { $0["offset"] != nil })
    }
    for events in all { #expect(events == all[0]) }
    #expect(all[0].count == 14)
    let states = clients.map { $0.farEnd.state.withLock { ($0.deflatedCount, $0.deflatingCount) } }
    #expect(states.map(\.0) == [0, 3, 1, 3, 0, 0, 3])
    #expect(states.map(\.1).reduce(0, +) == 3, "three large frames: \(states)")
    await fixture.close()
  }

  @Test func `a reader with little room gets whole frames, deflated or merged`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture, deflateLimit: .max)
    await client.send(["id": 1, "command": "subscribe", "after": 0])
    var reading = Reading()
    for message in try await client.messages(until: { $0["live"] != nil }) { reading.take(message) }
    client.farEnd.state.withLock { $0.room = 0 }
    for _ in 0..<20 {
      try await fixture.append(1, to: conversation, padding: 1500)
      try await fixture.append(3, to: conversation)
      await client.give(777)
      for message in client.farEnd.takeMessages() { reading.take(message) }
    }
    await client.give(.max / 2)
    try await fixture.append(1, to: conversation)
    for message in try await client.messages(until: { $0["offset"] == 82 && $0["type"] != nil }) {
      reading.take(message)
    }
    #expect(reading.texts[conversation.text] == fixture.texts.withLock { $0[conversation] })
    await fixture.close()
  }

  @Test(arguments: [1, 16384])
  func `catch-up pages carry large events deflated`(frames: Int) async throws {
    var configuration = HubConfiguration()
    configuration.log = FrameLog.Limits(bytes: 1 << 20, frames: frames)
    let fixture = try await HubFixture(configuration)
    let conversation = try await fixture.conversation()
    try await fixture.append(3, to: conversation)
    try await fixture.append(2, to: conversation, padding: 3000)
    try await fixture.append(1, to: conversation)
    let plain = await Client.connect(1, to: fixture)
    let deflating = await Client.connect(2, to: fixture, deflateLimit: 3500)
    let another = await Client.connect(3, to: fixture, deflateLimit: .max)
    var pages: [[JSON]] = []
    for client in [plain, deflating, another] {
      await client.send([
        "id": 1, "command": "subscribe", "conversation": .string(conversation.text), "after": 0,
      ])
      pages.append(try await client.messages { $0["live"] != nil }.filter { $0["type"] != nil })
    }
    #expect(pages[0].count == 7)
    #expect(pages[0] == pages[1] && pages[1] == pages[2])
    let states = [deflating, another].map {
      $0.farEnd.state.withLock { ($0.deflatedCount, $0.deflatingCount) }
    }
    #expect(states.map(\.0) == [2, 2])
    // Those in the ring are deflated for all at once, those that have left it for each.
    #expect(states.map(\.1) == (frames > 1 ? [2, 0] : [2, 2]))
    await fixture.close()
  }

  /// Random appends, forgetting and asking, beside a dictionary that does the same.
  @Test(arguments: 0..<20)
  func `large frames are found as long as they are kept, and made once`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var frames = LargeFrames()
    var expected: [Int64: [UInt8]?] = [:]
    var (next, first): (Int64, Int64) = (1, 1)
    for _ in 0..<2000 {
      next += Int64.random(in: 1...3, using: &random)
      frames.append(next)
      expected[next] = .some(next % 5 == 0 ? nil : [UInt8(truncatingIfNeeded: next)])
      if Int.random(in: 0..<4, using: &random) == 0 {
        first = Int64.random(in: first...next, using: &random)
        frames.forget(before: first)
      }
      #expect(frames.newest == next)
      let number = Int64.random(in: first...next, using: &random)
      var made = 0
      let form = frames.deflated(number) {
        made += 1
        return expected[number] ?? nil
      }
      #expect(form == expected[number] ?? nil)
      let again = frames.deflated(number) {
        made += 1
        return [0xFF, 0xFF]
      }
      #expect(again == form)
      #expect(made <= (expected[number] == nil ? 0 : 1))
    }
    #expect(frames.deflated(next + 1) { [1] } == nil)
  }
}
