import Basics
import Model
import Storage
import Testing

struct ThreadStoreTests {
  let scratch = ScratchStore()

  @Test func `S002-45 a name leads to one conversation, and to the same one later`() async throws {
    try await scratch.use { store in
      let name = ThreadName(surface: "customer", key: "s-1")
      #expect(try await store.read { try $0.threads.find(name) } == nil)
      let first = try await store.write { try $0.threads.open(name, title: "Hello") }
      #expect(try await store.write { try $0.threads.open(name, title: "Other") } == first)
      #expect(try await store.read { try $0.threads.find(name) } == first)
      #expect(try await store.read { try $0.conversations.get(first)?.title } == "Hello")
    }
  }

  @Test func `S004-26 the same name of another surface or company is another conversation`() async throws {
    try await scratch.use { store in
      let names = [
        ThreadName(surface: "fsia", tenant: "co-1", key: "c"),
        ThreadName(surface: "fsia", tenant: "co-2", key: "c"),
        ThreadName(surface: "fsia", tenant: "co", key: "-1c"), ThreadName(surface: "customer", key: "c"),
      ]
      let conversations = try await store.write { store in
        try names.map { try store.threads.open($0, title: nil) }
      }
      #expect(Set(conversations).count == names.count)
    }
  }

  @Test func `a conversation that is deleted lets its name go`() async throws {
    try await scratch.use { store in
      let name = ThreadName(surface: "customer", key: "s-1")
      let first = try await store.write { try $0.threads.open(name, title: nil) }
      try await store.write { try $0.conversations.delete(first) }
      #expect(try await store.write { try $0.threads.open(name, title: nil) } != first)
    }
  }
}

struct DeliveredAgentsTests {
  let scratch = ScratchStore()

  @Test func `each system's agents come once, and what was changed or deleted stays so`() async throws {
    try await scratch.use { store in
      let count = try await store.write { try DeliveredAgents.deliver(in: $0) }
      #expect(count > 15)
      try await store.write { store in
        try store.agents.update(Identifier("customer-billing")) { $0.model = "mine" }
        try store.agents.delete(Identifier("customer-direct"))
      }
      #expect(try await store.write { try DeliveredAgents.deliver(in: $0) } == 0)
      let (billing, direct) = try await store.read { store in
        (
          try store.agents.get(Identifier("customer-billing")),
          try store.agents.get(Identifier("customer-direct"))
        )
      }
      #expect(billing?.model == "mine" && direct == nil)
    }
  }

  @Test func `S000-22 S000-32 one word gives all InsightX agents another model`() async throws {
    try await scratch.use { store in
      try await store.write { _ = try DeliveredAgents.deliver(in: $0) }
      let before = try await store.read { try $0.agents.active() }.filter { $0.workspace == "insightx" }
      #expect(
        Set(before.filter { $0.provider == "bytez" }.map(\.model)) == ["claude-3-5-sonnet-20241022"])
      try await store.write { _ = try DeliveredAgents.deliver(in: $0, models: ["insightx": "gpt-4-turbo"]) }
      let after = try await store.read { try $0.agents.active() }
      #expect(after.filter { $0.provider == "bytez" }.allSatisfy { $0.model == "gpt-4-turbo" })
      #expect(after.first { $0.id.text == "insightx" }?.provider == "pipeline")
    }
  }

  @Test
  func
    `one word gives all agents of the replaced systems one provider and model, and nobody to fall back on`()
    async throws
  {
    try await scratch.use { store in
      try await store.write { _ = try DeliveredAgents.deliver(in: $0) }
      let maker = DeliveredAgents.Maker(provider: "ollama", model: "llama3")
      try await store.write {
        _ = try DeliveredAgents.deliver(in: $0, models: ["insightx": "qwen3"], maker: maker)
      }
      let agents = try await store.read { try $0.agents.active() }.filter { $0.provider != "pipeline" }
      #expect(
        agents.count > 10 && agents.allSatisfy { $0.provider == "ollama" && $0.config?["fallbacks"] == nil })
      #expect(agents.allSatisfy { $0.model == ($0.workspace == "insightx" ? "qwen3" : "llama3") })
    }
  }

  @Test func `the five agents come beside them, and a reset lets them be`() async throws {
    try await scratch.use { store in
      let count = try await store.write { try DeliveredAgents.deliver(in: $0) }
      #expect(try await store.write { try Seeder.seed($0) } == 5)
      #expect(try await store.write { try Seeder.reset($0) } == 5)
      #expect(try await store.read { try $0.agents.count() } == count + 5)
    }
  }
}
