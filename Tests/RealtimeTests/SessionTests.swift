import Basics
import EventEngine
import Model
import Storage
import Synchronization
import TestKit
import Testing

@testable import Realtime

struct SessionTests {
  static func isReply(_ id: Int64) -> (JSON) -> Bool { { $0["reply"]?.integer == id } }
  static let isLive: @Sendable (JSON) -> Bool = { $0["live"] != nil }

  @Test func `a client that says nothing gets everything from now on`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    try await fixture.append(3, to: conversation)
    let messages = try await client.messages { $0["offset"]?.integer == 4 }
    #expect(messages.compactMap { $0["offset"]?.integer } == [2, 3, 4])
    #expect(messages.compactMap { $0["seq"]?.integer } == [2, 3, 4])
    await fixture.close()
  }

  @Test func `a hub that leaves shows what it stored before`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "hello"])
    _ = try await client.messages(until: Self.isLive)
    let door = Recorder<Bool>()
    fixture.loop.submit { _ in door.wait() }  // so that both arrive in one tick
    try await fixture.append(1, to: conversation)
    fixture.loop.submit { loop in loop[HubShard.key]?.drain(on: loop, within: 0) {} }
    door.record(true)
    let messages = try await client.messages { $0["offset"]?.integer == 2 }
    #expect(messages.count == 1)
    _ = await fixture.inside { _ in }
    #expect(client.farEnd.state.withLock { $0.closed } == .draining)
    await fixture.close()
  }

  @Test func `hello tells the epoch and the position`() async throws {
    let fixture = try await HubFixture()
    _ = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "hello", "client": "test/1"])
    let ok = try await client.messages(until: Self.isReply(1)).last { $0["reply"] != nil }?["ok"]
    #expect(ok?["epoch"]?.string == fixture.store.epoch)
    #expect(ok?["offset"] == 1)
    #expect(ok?["recovered"] == true)
    await fixture.close()
  }

  @Test func `resume brings exactly what was missed, then live`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    try await fixture.append(500, to: conversation)
    let client = await Client.connect(1, to: fixture)
    await client.send([
      "id": 1, "command": "hello", "resume": ["epoch": .string(fixture.store.epoch), "offset": 100],
    ])
    var messages = try await client.messages(until: Self.isLive)
    try await fixture.append(5, to: conversation)
    messages += try await client.messages { $0["offset"]?.integer == 506 }
    #expect(messages.first?["reply"] == 1)
    #expect(messages.compactMap { $0["offset"]?.integer } == Array(101...506))
    await fixture.close()
  }

  @Test(arguments: [["epoch": "another", "offset": 1], ["epoch": "", "offset": 99_999]] as [JSON])
  func `a position that proves nothing gets a snapshot`(resume: JSON) async throws {
    let fixture = try await HubFixture()
    _ = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    var object = resume.object ?? [:]
    if object["epoch"] == "" { object["epoch"] = .string(fixture.store.epoch) }
    await client.send(["id": 1, "command": "hello", "resume": .object(object)])
    let messages = try await client.messages(until: Self.isLive)
    #expect(messages.first?["ok"]?["recovered"] == false)
    #expect(messages.contains { $0["snapshot"]?["conversations"]?.array?.count == 1 })
    await fixture.close()
  }

  @Test func `a subscription replaces the default and holds other conversations back`() async throws {
    let fixture = try await HubFixture()
    let mine = try await fixture.conversation()
    let other = try await fixture.conversation()
    try await fixture.append(3, to: mine)
    let client = await Client.connect(1, to: fixture)
    await client.send([
      "id": 2, "command": "subscribe", "conversation": .string(mine.text), "after": 2,
      "epoch": .string(fixture.store.epoch),
    ])
    var messages = try await client.messages(until: Self.isLive)
    #expect(messages.first?["ok"]?["seq"] == 4)
    try await fixture.append(2, to: other)
    try await fixture.append(2, to: mine)
    messages += try await client.messages { $0["seq"]?.integer == 6 }
    let seqs = messages.filter { $0["type"] != nil }
    #expect(seqs.compactMap { $0["seq"]?.integer } == [3, 4, 5, 6])
    #expect(seqs.allSatisfy { $0["conversation"]?.string == mine.text })

    await client.send(["id": 3, "command": "unsubscribe", "conversation": .string(mine.text)])
    _ = try await client.messages(until: Self.isReply(3))
    try await fixture.append(1, to: mine)
    await client.send(["id": 4, "command": "hello"])
    let after = try await client.messages(until: Self.isReply(4))
    #expect(after.allSatisfy { $0["type"] == nil })
    await fixture.close()
  }

  @Test func `a subscription without a position begins with a snapshot`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "subscribe", "conversation": .string(conversation.text)])
    let messages = try await client.messages(until: Self.isLive)
    #expect(messages.first?["ok"]?["recovered"] == false)
    #expect(messages.first?["ok"]?["seq"] == 1)
    #expect(messages.contains { $0["snapshot"]?["conversation"]?.string == conversation.text })
    await fixture.close()
  }

  @Test func `hello tells what a client must keep to`() async throws {
    var configuration = HubConfiguration()
    configuration.inbound.messageBytes = 4096
    let fixture = try await HubFixture(configuration)
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "hello"])
    let limits = try await client.messages { $0["live"] != nil }.first?["ok"]?["limits"]
    #expect(limits?["messageBytes"]?.integer == 4096)
    #expect(limits?["messagesPerSecond"]?.integer == 100)
    #expect(limits?["bytesPerSecond"]?.integer == 1 << 20)
    #expect(limits?["commandsInFlight"]?.integer == 32)
    #expect(limits?["backlogBytes"]?.integer == 4 << 20)
    await fixture.close()
  }

  @Test func `commands that are not answered yet are bounded`() async throws {
    var configuration = HubConfiguration()
    configuration.commandsInFlight = 2
    let fixture = try await HubFixture(configuration)
    let client = await Client.connect(1, to: fixture)
    // In one turn of the loop, so that none is answered before the last has come.
    await fixture.inside { loop in
      for number in 1...4 {
        loop[Clients.key]?.sessions[1]?.received(
          text: Array("{\"id\":\(number),\"command\":\"stop\",\"run\":\"none\"}".utf8))
      }
    }
    let replies = try await client.messages { $0["reply"]?.integer == 2 }
    let codes = { (id: Int64) in replies.first { $0["reply"]?.integer == id }?["error"]?["code"]?.string }
    for id in [3, 4] as [Int64] { #expect(codes(id) == "too_many_in_flight") }
    #expect(replies.first { $0["reply"]?.integer == 3 }?["error"]?["temporary"]?.bool == true)
    #expect(codes(2) == "run_not_found")
    await client.send(["id": 5, "command": "stop", "run": "none"])
    let later = try await client.messages { $0["reply"]?.integer == 5 }
    #expect(later.last?["error"]?["code"]?.string == "run_not_found")
    await fixture.close()
  }

  @Test func `an unknown event type brings the known ones`() async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "subscribe", "types": ["message.deltas"]])
    let refused = try await client.messages { $0["error"] != nil }
    let hint = refused.last?["error"]?["hint"]?.string ?? ""
    for type in EventType.allCases { #expect(hint.contains(type.rawValue)) }
    await fixture.close()
  }

  @Test(arguments: [
    ("{", "invalid_json"), ("[1]", "invalid_command"), ("{\"id\":1}", "invalid_command"),
    ("{\"id\":1,\"command\":\"dance\"}", "unknown_command"),
    ("{\"id\":1,\"command\":\"subscribe\",\"conversation\":7}", "invalid_field"),
    ("{\"id\":1,\"command\":\"subscribe\",\"conversation\":\"none\"}", "conversation_not_found"),
    ("{\"id\":1,\"command\":\"subscribe\",\"colour\":\"red\"}", "unknown_field"),
    ("{\"id\":1,\"command\":\"subscribe\",\"types\":[\"x\"]}", "invalid_field"),
    ("{\"id\":1,\"command\":\"subscribe\",\"run\":\"a\",\"agent\":\"b\"}", "invalid_field"),
    ("{\"id\":1,\"command\":\"hello\",\"resume\":{\"offset\":1}}", "invalid_field"),
    ("{\"id\":1,\"command\":\"unsubscribe\",\"run\":\"a\"}", "not_subscribed"),
    ("{\"id\":1,\"command\":\"invoke\",\"agent\":\"demo\"}", "missing_field"),
    ("{\"id\":1,\"command\":\"invoke\",\"agent\":\"nobody\",\"message\":\"hi\"}", "agent_not_found"),
    (
      "{\"id\":1,\"command\":\"invoke\",\"agent\":\"demo\",\"message\":\"hi\",\"onBusy\":\"x\"}",
      "invalid_field"
    ),
    (
      "{\"id\":1,\"command\":\"invoke\",\"agent\":\"demo\",\"message\":\"hi\",\"cache\":\"x\"}",
      "invalid_field"
    ),
    ("{\"id\":1,\"command\":\"stop\"}", "missing_field"),
    ("{\"id\":1,\"command\":\"stop\",\"run\":\"none\"}", "run_not_found"),
  ])
  func `a bad command is named and the session goes on`(text: String, code: String) async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    await fixture.inside { loop in loop[Clients.key]?.sessions[1]?.received(text: Array(text.utf8)) }
    let refused = try await client.messages { $0["error"] != nil }
    #expect(refused.last?["error"]?["code"]?.string == code)
    #expect(refused.last?["error"]?["message"]?.string?.isEmpty == false)
    await client.send(["id": 9, "command": "hello"])
    _ = try await client.messages(until: Self.isReply(9))
    await fixture.close()
  }

  @Test func `a client that only errs is sent away`() async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    for _ in 0..<25 { await client.send("nonsense") }
    #expect(client.farEnd.state.withLock { $0.closed } == .badRequest)
    await fixture.close()
  }

  @Test func `invoke and stop work over the socket`() async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "invoke", "agent": "demo", "message": "hello", "key": "k1"])
    let replies = try await client.messages(until: Self.isReply(1))
    let run = replies.last { $0["reply"] == 1 }?["ok"]?["run"]?.string
    await client.send(["id": 2, "command": "invoke", "agent": "demo", "message": "hello", "key": "k1"])
    let again = try await client.messages(until: Self.isReply(2)).last { $0["reply"] == 2 }
    #expect(again?["ok"]?["run"]?.string == run)
    await client.send(["id": 3, "command": "stop", "run": .string(run ?? "")])
    let stopped = try await client.messages(until: Self.isReply(3)).last { $0["reply"] == 3 }
    #expect(stopped?["ok"]?["status"] == "stopped")
    await fixture.close()
  }
}
