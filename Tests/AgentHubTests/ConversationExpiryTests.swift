import Basics
import Database
import EventEngine
import Model
import Storage
import TestKit
import Testing

@testable import AgentHub

struct ConversationExpiryTests {
  private let folder = ScratchFolder()

  private func open() throws -> Store {
    try Store.open(StoreConfiguration(path: "\(folder.path)/hub.db"), log: .silent)
  }

  /// Makes a conversation whose last message is so many hours old.
  private func talk(_ hours: Double, in store: Store) async throws -> Identifier<Conversation> {
    let id = try await store.write { try $0.conversations.create() }.id
    try await age(id, hours, in: store)
    return id
  }

  private func age(_ id: Identifier<Conversation>, _ hours: Double, in store: Store) async throws {
    try await store.write { store in
      let at = store.now.milliseconds - Int64(hours * 3_600_000)
      try store.connection.run("UPDATE conversations SET updated_at = \(at) WHERE id = '\(id.text)'")
    }
  }

  private func left(in store: Store) async throws -> Set<Identifier<Conversation>> {
    try await store.read { Set(try $0.conversations.page(limit: 500).items.map(\.id)) }
  }

  private func expiry(_ store: Store, hours: Double) -> ConversationExpiry {
    ConversationExpiry(store: store, log: .silent, rules: [.all(after: .seconds(3600 * hours))])
  }

  @Test func `S004-30 conversations that nobody continued for a day are removed with all that is theirs`()
    async throws
  {
    let store = try open()
    defer { store.close() }
    var old: [Identifier<Conversation>] = []
    for _ in 0..<45 { old.append(try await talk(24.1, in: store)) }
    let young = try await talk(23.9, in: store)
    let busy = try await talk(30, in: store)
    let (first, remembered) = (old[0], old[1])
    try await store.write { store in
      try store.runs.insert(
        Run(
          id: store.newIdentifier(), conversation: busy, agent: store.newIdentifier(), agentName: "A",
          agentVersion: 1, status: .waiting, input: store.newIdentifier(), output: store.newIdentifier(),
          createdAt: store.now))
      try store.queryResults.keep(["x": 1], in: remembered, about: "co-2", most: 3)
    }
    try await expiry(store, hours: 24).run()
    #expect(try await left(in: store) == [young, busy])
    let events = try await store.read { try $0.events.page(of: first, after: 0).items.map(\.type) }
    #expect(events == [.conversationDeleted])
    let results = try await store.read { try $0.queryResults.latest(of: remembered, about: "co-2", limit: 3) }
    #expect(results.isEmpty)
  }

  @Test func `S004-30 threads of field service are forgotten after a day, those of others are not`()
    async throws
  {
    let store = try open()
    defer { store.close() }
    var left: [Identifier<Conversation>] = []
    for (surface, hours) in [("fsia", 25.0), ("fsia", 23), ("customer", 25)] {
      let name = ThreadName(surface: surface, tenant: "co-2", key: "conv-\(hours)")
      let id = try await store.write { try $0.threads.open(name, title: nil) }
      try await age(id, hours, in: store)
      if surface != "fsia" || hours < 24 { left.append(id) }
    }
    try await ConversationExpiry(store: store, log: .silent, rules: Settings().expiryRules).run()
    #expect(try await self.left(in: store) == Set(left))
    let gone = ThreadName(surface: "fsia", tenant: "co-2", key: "conv-25.0")
    #expect(try await store.read { try $0.threads.find(gone) } == nil)
  }

  @Test func `nothing else is forgotten unless somebody says so`() async throws {
    let store = try open()
    defer { store.close() }
    let old = try await talk(10_000, in: store)
    try await ConversationExpiry(store: store, log: .silent, rules: Settings().expiryRules).run()
    #expect(try await left(in: store) == [old])
    var settings = Settings()
    settings.forgetAfter = .seconds(3600)
    try await ConversationExpiry(store: store, log: .silent, rules: settings.expiryRules).run()
    #expect(try await left(in: store).isEmpty)
  }

  @Test func `S004-30 it is looked for old ones again and again`() async throws {
    let store = try open()
    let loop = try EventLoop(index: 0, log: .silent)
    try loop.start()
    var expiry = expiry(store, hours: 24)
    expiry.interval = .milliseconds(5)
    expiry.repeats(on: loop)
    for _ in 0..<2 {
      _ = try await talk(25, in: store)
      let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
      while try await !left(in: store).isEmpty, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(try await left(in: store).isEmpty)
    }
    loop.stop()
    loop.join()
    store.close()
  }
}
