import Basics
import EventEngine
import Model
import Synchronization
import TestKit
import Testing

@testable import Realtime

/// Presence and typing between sessions.
struct PresenceTests {
  /// A client of a test, and all that it has seen.
  private struct Watcher {
    let client: Client
    var seen: [JSON] = []

    /// Connects, and takes part if it has capabilities.
    static func connect(
      _ number: Int, _ name: String, of conversation: Identifier<Conversation>? = nil, in fixture: HubFixture,
      capabilities: JSON = ["presence", "typing"]
    ) async throws -> Watcher {
      var watcher = Watcher(client: await Client.connect(number, to: fixture))
      await watcher.client.send([
        "id": 1, "command": "hello", "client": "test/1", "name": .string(name), "capabilities": capabilities,
      ])
      if let conversation {
        await watcher.client.send([
          "id": 2, "command": "subscribe", "conversation": .string(conversation.text),
        ])
      }
      try await watcher.see { $0["live"]?["conversation"] != nil || conversation == nil && $0["live"] != nil }
      return watcher
    }

    /// Waits for a message, unless it came already.
    mutating func see(_ isIt: (JSON) -> Bool) async throws {
      let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(20))
      seen += client.farEnd.takeMessages()
      while !seen.contains(where: isIt) {
        guard ContinuousClock.now < deadline else { throw FixtureError.tookTooLong }
        try await Task.sleep(for: .milliseconds(2))
        seen += client.farEnd.takeMessages()
      }
    }

    /// Waits until the last frame of a kind tells so many.
    @discardableResult
    mutating func see(_ kind: String, count: Int64) async throws -> JSON {
      let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(20))
      while true {
        seen += client.farEnd.takeMessages()
        if let last = seen.last(where: { $0["type"]?.string == kind }), last["count"]?.integer == count {
          return last
        }
        guard ContinuousClock.now < deadline else { throw FixtureError.tookTooLong }
        try await Task.sleep(for: .milliseconds(2))
      }
    }

    /// Sends a command and waits for its reply.
    @discardableResult
    mutating func ask(_ id: Int64, _ command: String, _ more: JSONObject = [:]) async throws -> JSON {
      var object: JSONObject = ["id": .integer(id), "command": .string(command)]
      for member in more.members { object[member.name] = member.value }
      await client.send(.object(object))
      try await see { $0["reply"]?.integer == id }
      return seen.last { $0["reply"]?.integer == id } ?? .null
    }

    func saw(_ kind: String) -> Bool { seen.contains { $0["type"]?.string == kind } }
  }

  @Test func `who watches the same conversation sees the others come, write and go`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let id = JSON.string(conversation.text)
    var ann = try await Watcher.connect(1, "Ann", of: conversation, in: fixture)
    var bob = try await Watcher.connect(2, "Bob", of: conversation, in: fixture)
    let both = try await ann.see("presence", count: 2)
    #expect(both["present"]?.array?.compactMap { $0["name"]?.string } == ["Ann", "Bob"])
    #expect(both["present"]?.array?.first?["client"] == "test/1")
    #expect(both["conversation"] == id)

    try await bob.ask(3, "typing", ["conversation": id, "state": true])
    let typing = try await ann.see("typing", count: 1)
    #expect(typing["typing"]?.array?.first?["name"] == "Bob")
    let present = try await ann.ask(4, "presence", ["conversation": id])["ok"]
    #expect(present?["count"] == 2)
    #expect(present?["typing"]?.array?.count == 1)

    await bob.client.disconnect()
    try await ann.see("presence", count: 1)
    try await ann.see("typing", count: 0)
    #expect(ann.seen.allSatisfy { $0["offset"] == nil && $0["seq"] == nil })
    await fixture.close()
  }

  @Test func `who takes nothing for a while sees the newest state when it does`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    var slow = try await Watcher.connect(1, "Slow", of: conversation, in: fixture)
    try await slow.see("presence", count: 1)
    slow.client.farEnd.state.withLock { $0.room = 0 }
    var bob = try await Watcher.connect(2, "Bob", of: conversation, in: fixture)
    try await bob.see("presence", count: 2)
    let cid = try await Watcher.connect(3, "Cid", of: conversation, in: fixture)
    try await bob.see("presence", count: 3)
    await cid.client.disconnect()
    try await bob.see("presence", count: 2)
    let before = slow.seen.count
    await slow.client.give(.max / 2)
    let state = try await slow.see("presence", count: 2)
    #expect(state["present"]?.array?.compactMap { $0["name"]?.string } == ["Slow", "Bob"])
    #expect(slow.seen[before...].count { $0["type"] == "presence" } == 1, "what is old is not sent later")
    await fixture.close()
  }

  @Test func `who did not ask is neither shown nor told`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    var silent = Watcher(client: await Client.connect(1, to: fixture))
    var quiet = try await Watcher.connect(2, "Quiet", of: conversation, in: fixture, capabilities: [])
    var typist = try await Watcher.connect(3, "Cid", of: conversation, in: fixture, capabilities: ["typing"])
    var ann = try await Watcher.connect(4, "Ann", of: conversation, in: fixture)
    try await typist.ask(3, "typing", ["conversation": .string(conversation.text), "state": true])
    try await ann.see("typing", count: 1)
    try await ann.see("presence", count: 1)
    try await typist.see("typing", count: 1)
    #expect(!typist.saw("presence"))
    try await fixture.append(1, to: conversation)
    try await silent.see { $0["type"] == "message.delta" }
    try await quiet.see { $0["type"] == "message.delta" }
    #expect(!silent.saw("presence") && !silent.saw("typing"))
    #expect(!quiet.saw("presence") && !quiet.saw("typing"))
    await fixture.close()
  }

  @Test func `a subscription that ends, or that does not begin, is no presence`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    var ann = try await Watcher.connect(1, "Ann", of: conversation, in: fixture)
    var bob = try await Watcher.connect(2, "Bob", of: conversation, in: fixture)
    try await ann.see("presence", count: 2)
    try await bob.ask(3, "unsubscribe", ["conversation": .string(conversation.text)])
    try await ann.see("presence", count: 1)
    try await bob.ask(4, "subscribe", ["conversation": "none"])
    let none = try await ann.ask(5, "presence", ["conversation": "none"])["ok"]
    #expect(none?["count"] == 0)
    await fixture.close()
  }

  @Test func `who follows everything sees all conversations, and a later hello changes what is seen`()
    async throws
  {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    var overseer = Watcher(client: await Client.connect(1, to: fixture))
    let hello = try await overseer.ask(1, "hello", ["capabilities": ["presence", "telepathy"]])
    #expect(hello["ok"]?["capabilities"] == ["presence"])
    var ann = try await Watcher.connect(2, "Ann", of: conversation, in: fixture)
    try await overseer.see("presence", count: 1)
    try await ann.ask(3, "hello", ["name": "Anna"])
    try await overseer.see { $0["present"]?.array?.first?["name"] == "Anna" }
    try await overseer.ask(2, "hello", ["capabilities": []])
    try await ann.ask(4, "hello", ["capabilities": []])
    let left = try await ann.ask(5, "presence", ["conversation": .string(conversation.text)])["ok"]
    #expect(left?["count"] == 0)
    overseer.seen = []
    try await Task.sleep(for: .milliseconds(450))  // in which a frame would have come
    try await fixture.append(1, to: conversation)
    try await overseer.see { $0["type"] == "message.delta" }
    #expect(!overseer.saw("presence"))
    await fixture.close()
  }

  @Test func `who cannot take frames gets the newest state later, and its events stay whole`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let id = JSON.string(conversation.text)
    var slow = try await Watcher.connect(1, "Slow", of: conversation, in: fixture)
    try await slow.see("presence", count: 1)
    // Room for half a frame: what does not fit is cut inside, then finished before anything else.
    slow.client.farEnd.state.withLock { $0.room = 60 }
    var ann = try await Watcher.connect(2, "Ann", of: conversation, in: fixture)
    try await ann.see("presence", count: 2)
    try await fixture.append(5, to: conversation)
    for index in 0..<3 {
      let isTyping = index.isMultiple(of: 2)
      try await ann.ask(10 + Int64(index), "typing", ["conversation": id, "state": .bool(isTyping)])
      try await ann.see("typing", count: isTyping ? 1 : 0)
    }
    await slow.client.give(.max / 2)
    try await slow.see { $0["offset"]?.integer == 6 }
    #expect(!slow.seen.contains(.null))
    // The deltas it missed came as one.
    let events = slow.seen.filter { $0["offset"] != nil }
    #expect(events.reduce(0) { $0 + ($1["count"]?.integer ?? 1) } == 5)
    try await slow.see("typing", count: 1)
    #expect(slow.seen.count { $0["type"] == "typing" } == 1)
    await fixture.close()
  }

  @Test func `too much of it is refused for a moment, and closes nothing`() async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    // All in one moment, however slow the machine is.
    await fixture.inside { loop in
      for id in 0..<60 {
        let command: JSON = [
          "id": .integer(Int64(id)), "command": "typing", "conversation": "c", "state": true,
        ]
        loop[Clients.key]?.sessions[1]?.received(text: command.bytes)
      }
    }
    let replies = try await client.messages { $0["reply"] == 59 }.filter { $0["reply"] != nil }
    let refused = replies.filter { $0["error"]?["code"] == "rate_limited" }
    #expect(replies.count == 60)
    #expect((20...50).contains(refused.count))
    #expect(refused.allSatisfy { $0["error"]?["temporary"] == true })
    #expect(refused.allSatisfy { ($0["error"]?["retryAfterMs"]?.integer ?? 0) > 0 })
    #expect(client.farEnd.state.withLock { $0.closed } == nil)
    await fixture.close()
  }

  @Test(arguments: [
    "{\"id\":1,\"command\":\"typing\",\"state\":true}", "{\"id\":1,\"command\":\"presence\"}",
    "{\"id\":1,\"command\":\"typing\",\"conversation\":\"c\"}",
    "{\"id\":1,\"command\":\"typing\",\"conversation\":\"c\",\"state\":\"yes\"}",
    "{\"id\":1,\"command\":\"presence\",\"conversation\":\"\(String(repeating: "x", count: 65))\"}",
    "{\"id\":1,\"command\":\"hello\",\"name\":\"\(String(repeating: "x", count: 65))\"}",
    "{\"id\":1,\"command\":\"hello\",\"name\":\"a\\u0007b\"}",
    "{\"id\":1,\"command\":\"hello\",\"capabilities\":\"presence\"}",
    "{\"id\":1,\"command\":\"hello\",\"capabilities\":[1]}",
  ])
  func `what cannot be understood is refused in words`(text: String) async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    await client.send(try JSON.parse(Array(text.utf8)))
    let error = try await client.messages { $0["reply"] == 1 }.last?["error"]
    #expect(["missing_field", "invalid_field"].contains(error?["code"]?.string))
    await fixture.close()
  }
}
