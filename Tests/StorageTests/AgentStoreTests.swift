import Basics
import Model
import Storage
import Testing

struct AgentStoreTests {
  let scratch = ScratchStore()

  @Test func `every change is a version and an event`() async throws {
    try await scratch.use { store in
      let made = try await store.write { try $0.makeAgent("One", config: ["apiKey": "sk-secret"]) }
      let changed = try await store.write { transaction in
        try transaction.agents.update(made.id, expectedVersion: 1) { agent in
          agent.name = "Two"
          agent.description = "second"
        }
      }
      let paused = try await store.write { try $0.agents.setStatus(.paused, of: made.id) }
      let restored = try await store.write { try $0.agents.restore(1, of: made.id, expectedVersion: 3) }
      #expect([made.version, changed.version, paused.version, restored.version] == [1, 2, 3, 4])
      #expect(restored.name == "One")
      #expect(restored.description == nil)
      #expect(restored.status == .paused)
      #expect(restored.createdAt == made.createdAt)
      let (now, versions, events) = try await store.read {
        (
          try $0.agents.get(made.id), try $0.agents.versions(of: made.id),
          try $0.events.page(after: 0).items
        )
      }
      #expect(now == restored)
      #expect(versions == [restored, paused, changed, made])
      #expect(events.map(\.type) == [.agentCreated, .agentUpdated, .agentUpdated, .agentUpdated])
      #expect(events.map(\.seq) == [0, 0, 0, 0])
      let shown = events.map { String(decoding: $0.json(), as: UTF8.self) }.joined()
      #expect(!shown.contains("sk-secret"))
    }
  }

  @Test func `a change of nothing is no version`() async throws {
    try await scratch.use { store in
      let made = try await store.write { try $0.makeAgent() }
      let same = try await store.write { try $0.agents.update(made.id) { $0.version = 9 } }
      #expect(same == made)
      #expect(try await store.read { try $0.events.head() } == 1)
    }
  }

  @Test func `a change of an older version is refused`() async throws {
    try await scratch.use { store in
      let made = try await store.write { try $0.makeAgent() }
      _ = try await store.write { try $0.agents.update(made.id) { $0.name = "Other" } }
      await #expect(throws: StoreError.versionConflict(id: made.id.text, expected: 1, actual: 2)) {
        try await store.write { try $0.agents.update(made.id, expectedVersion: 1) { $0.name = "Third" } }
      }
    }
  }

  @Test func `a deleted agent leaves its versions and its messages`() async throws {
    try await scratch.use { store in
      let (agent, conversation) = try await store.write { transaction in
        let agent = try transaction.makeAgent("Gone")
        let conversation = try transaction.conversations.create().id
        try transaction.say("hi", in: conversation, agent: agent.id)
        try transaction.agents.delete(agent.id)
        return (agent, conversation)
      }
      let (now, version, messages) = try await store.read {
        (
          try $0.agents.get(agent.id), try $0.agents.version(1, of: agent.id),
          try $0.messages.page(of: conversation).items
        )
      }
      #expect(now == nil)
      #expect(version == agent)
      #expect(messages.map(\.agent) == [nil])
      await #expect(throws: StoreError.notFound(noun: "agent", id: agent.id.text)) {
        try await store.write { try $0.agents.delete(agent.id) }
      }
      await #expect(throws: StoreError.alreadyExists(noun: "agent", id: agent.id.text)) {
        try await store.write { try $0.agents.create(agent) }
      }
    }
  }

  @Test func `the list is newest first, keeps the order of equals, and has pages`() async throws {
    try await scratch.use { store in
      try await store.write { transaction in
        for (name, at) in [("a", 1), ("b", 2), ("c", 2), ("d", 1), ("e", 3)] {
          let at = Timestamp(milliseconds: Int64(at))
          try transaction.agents.create(
            Agent(
              id: transaction.newIdentifier(), name: name, provider: "demo", model: "demo",
              status: name == "c" ? .paused : .active, createdAt: at, updatedAt: at))
        }
      }
      try await store.read { transaction in
        #expect(try transaction.agents.active().map(\.name) == ["e", "b", "a", "d"])
        var names: [String] = []
        var position: ListPosition?
        repeat {
          let page = try transaction.agents.page(after: position, limit: 2)
          names += page.items.map(\.name)
          position = page.next.flatMap { ListPosition(text: $0.text) }
        } while position != nil
        #expect(names == ["e", "b", "c", "a", "d"])
      }
    }
  }
}
