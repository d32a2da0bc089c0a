import Basics
import EventEngine
import Glibc
import Model
import Storage
import Synchronization
import TestKit
import Testing

@testable import Realtime

/// Several subscriptions of one connection, begun and ended while others are still being read.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct SubscriptionTests {
  /// A ring that holds a tenth of what these tests append.
  static var smallRing: HubConfiguration {
    var configuration = HubConfiguration()
    configuration.log = FrameLog.Limits(bytes: 16384, frames: 32)
    return configuration
  }

  /// Sends commands in one turn of the loop, so that nothing can be read between them.
  private static func send(_ commands: [JSON], to client: Client) async {
    let number = client.number
    await client.fixture.inside { loop in
      for command in commands { loop[Clients.key]?.sessions[number]?.received(text: command.bytes) }
    }
  }

  /// What comes until a command sent now is answered.
  private static func all(_ client: Client) async throws -> [JSON] {
    await client.send(["id": 99, "command": "hello"])
    return try await client.messages { $0["reply"] == 99 }
  }

  private static func offsets(_ messages: [JSON]) -> [Int64] {
    messages.filter { $0["type"] != nil }.compactMap { $0["offset"]?.integer }
  }

  /// The seqs of a conversation that messages cover, those of merged deltas too.
  private static func seqs(_ messages: [JSON], of conversation: Identifier<Conversation>) -> [Int64] {
    messages.filter { $0["type"] != nil && $0["conversation"]?.string == conversation.text }.flatMap {
      message in
      let seq = message["seq"]?.integer ?? 0
      return Array(seq - (message["count"]?.integer ?? 1) + 1...seq)
    }
  }

  private static func subscribe(_ id: Int64, _ conversation: Identifier<Conversation>, after: Int64) -> JSON {
    [
      "id": .integer(id), "command": "subscribe", "conversation": .string(conversation.text),
      "after": .integer(after),
    ]
  }

  @Test func `a subscription that ends while it is being read is over`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    try await fixture.append(500, to: conversation)
    let client = await Client.connect(1, to: fixture)
    await Self.send(
      [
        ["id": 1, "command": "subscribe", "agent": "nobody"], Self.subscribe(2, conversation, after: 0),
        ["id": 3, "command": "unsubscribe", "conversation": .string(conversation.text)],
      ], to: client)
    var messages = try await client.messages { $0["reply"] == 2 }
    try await fixture.append(3, to: conversation)
    messages += try await Self.all(client)
    #expect(messages.first { $0["reply"] == 3 }?["ok"] != nil)
    #expect(Self.offsets(messages).isEmpty)
    await fixture.close()
  }

  @Test func `the newest subscription to a topic counts, also while an older one is being read`() async throws
  {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    try await fixture.append(3, to: conversation)
    let client = await Client.connect(1, to: fixture)
    await Self.send(
      [
        ["id": 1, "command": "subscribe", "run": "r", "after": 0, "types": ["run.failed"]],
        ["id": 2, "command": "subscribe", "run": "r"],
      ], to: client)
    _ = try await client.messages { $0["reply"] == 1 }
    try await fixture.append(3, to: conversation)
    let messages = try await client.messages { $0["offset"] == 7 }
    #expect(Self.offsets(messages) == [5, 6, 7])
    await fixture.close()
  }

  @Test func `who subscribed to everything keeps it beside another subscription`() async throws {
    let fixture = try await HubFixture()
    let mine = try await fixture.conversation()
    let other = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await Self.send([["id": 1, "command": "subscribe"], Self.subscribe(2, mine, after: 0)], to: client)
    var messages = try await client.messages { $0["live"]?["conversation"] != nil }
    try await fixture.append(2, to: other)
    messages += try await client.messages { $0["offset"] == 4 }
    #expect(Self.offsets(messages) == [1, 3, 4])
    await client.send(["id": 3, "command": "unsubscribe"])
    #expect(try await client.messages { $0["reply"] == 3 }.last?["ok"] != nil)
    try await fixture.append(1, to: other)
    try await fixture.append(1, to: mine)
    #expect(Self.offsets(try await client.messages { $0["offset"] == 6 }) == [6])
    await fixture.close()
  }

  @Test func `what two subscriptions share comes once, in order`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    try await fixture.append(3, to: conversation)
    let client = await Client.connect(1, to: fixture)
    await client.send(["id": 1, "command": "subscribe", "run": "r"])
    _ = try await client.messages { $0["live"] != nil }
    client.farEnd.state.withLock { $0.room = 0 }
    try await fixture.append(5, to: conversation)
    await client.send(Self.subscribe(2, conversation, after: 0))
    await client.give(.max / 2)
    let messages = try await client.messages { $0["offset"] == 9 }
    #expect(Self.seqs(messages + (try await Self.all(client)), of: conversation) == Array(1...9))
    #expect(messages.first { $0["live"] != nil }?["live"]?["seq"] == 4)
    await fixture.close()
  }

  @Test func `a subscription that begins while the connection catches up misses nothing`() async throws {
    let fixture = try await HubFixture(Self.smallRing)
    let mine = try await fixture.conversation()
    let other = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    await client.send(Self.subscribe(1, mine, after: 1))
    _ = try await client.messages { $0["live"] != nil }
    client.farEnd.state.withLock { $0.room = 1 }
    // Its cursor must stand before it falls behind: wait until a first event has been cut.
    try await fixture.append(1, to: mine)
    while client.farEnd.state.withLock({ $0.room }) > 0 { try await Task.sleep(for: .milliseconds(1)) }
    for _ in 0..<50 {
      try await fixture.append(5, to: mine)
      try await fixture.append(5, to: other)
    }
    await client.send(["id": 2, "command": "subscribe", "run": "r"])
    await client.give(.max / 2)
    let messages = try await client.messages { $0["offset"] == 503 }
    let from = try #require(messages.first { $0["reply"] == 2 }?["ok"]?["offset"]?.integer)
    let events = messages.filter { ($0["offset"]?.integer ?? 0) > from }
    for conversation in [mine, other] {
      let head = try await fixture.store.read { try $0.events.head(of: conversation) }
      let seqs = Self.seqs(events, of: conversation)
      #expect(seqs == Array((seqs.first ?? 0)...head))
    }
    #expect(Self.seqs(events, of: other).count + Self.seqs(events, of: mine).count == 503 - Int(from))
    await fixture.close()
  }

  @Test func `a client that takes nothing costs one page at most, however far it falls behind`() async throws
  {
    let fixture = try await HubFixture(Self.smallRing)
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture, room: 0)
    await client.send(["id": 1, "command": "hello"])
    for _ in 0..<60 { try await fixture.append(50, to: conversation) }
    let pending = await fixture.inside { loop in
      loop[Clients.key]?.sessions[1]?.subscriber.follower.transport.pendingBytes ?? 0
    }
    #expect(pending < 512 << 10)
    await client.give(.max / 2)
    let messages = try await client.messages { $0["offset"] == 3001 && $0["type"] != nil }
    #expect(Self.seqs(messages, of: conversation) == Array(2...3001))
    await fixture.close()
  }

  @Test func `a client cannot subscribe without end`() async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    await Self.send(
      (0..<300).map { ["id": 1, "command": "subscribe", "run": .string("r\($0)"), "after": 0] }, to: client)
    let refused = try await client.messages { $0["error"] != nil }.last { $0["error"] != nil }
    #expect(refused?["error"]?["code"] == "too_many_subscriptions")
    #expect(client.farEnd.state.withLock { $0.closed } == .badRequest)
    await fixture.close()
  }

  @Test func `a client that only sends unknown commands is sent away`() async throws {
    let fixture = try await HubFixture()
    let client = await Client.connect(1, to: fixture)
    await Self.send((0..<25).map { _ in ["id": 1, "command": "dance"] }, to: client)
    #expect(client.farEnd.state.withLock { $0.closed } == .badRequest)
    await fixture.close()
  }

  @Test func `who watches sees the last events before the hub says goodbye`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    let client = await Client.connect(1, to: fixture)
    _ = try await Self.all(client)
    let gate = Gate()
    fixture.loop.submit { _ in gate.wait() }
    try await fixture.append(3, to: conversation)
    fixture.loop.submit { loop in loop[HubShard.key]?.drain(on: loop, within: 0) {} }
    gate.open()
    await fixture.inside { _ in }
    #expect(client.farEnd.state.withLock { $0.closed } == .draining)
    #expect(Self.offsets(client.farEnd.takeMessages()) == [2, 3, 4])
    await fixture.close()
  }

  @Test func `whoever ends within a sweep makes nobody miss it`() async throws {
    let fixture = try await HubFixture()
    let conversation = try await fixture.conversation()
    var clients: [Client] = []
    for number in 0..<6 {
      clients.append(await Client.connect(number, to: fixture))
      _ = try await Self.all(clients[number])
      await fixture.inside { loop in
        let transport = MemoryTransport(FarEnd(room: .max / 2), format: .eventStream, clock: { loop.now })
        loop[HubShard.key]?.subscribe(transport, to: .hub).finish(after: 2)
      }
    }
    try await fixture.append(1, to: conversation)
    for client in clients { _ = try await client.messages(until: { $0["offset"] == 2 }, seconds: 5) }
    #expect(await fixture.inside { $0[HubShard.key]?.subscriberCount } == 6)
    await fixture.close()
  }

  /// Keeps a loop busy until it is opened.
  private final class Gate: Sendable {
    private let isOpen = Atomic(false)
    func open() { isOpen.store(true, ordering: .releasing) }
    func wait() { while !isOpen.load(ordering: .acquiring) { usleep(500) } }
  }
}
