import Model
import Storage
import Testing

struct SeederTests {
  let scratch = ScratchStore()
  static let names = [
    "Llama 3 Assistant", "GPT-4 Strategist", "Gemini Analyst", "Code Helper", "GPT-3.5 Turbo",
  ]

  @Test func `an empty database gets the five agents, once`() async throws {
    try await scratch.use { store in
      #expect(try await store.write { try Seeder.seed($0) } == 5)
      #expect(try await store.write { try Seeder.seed($0) } == 0)
      let agents = try await store.read { try $0.agents.active() }
      #expect(agents.map(\.name) == Self.names)
      #expect(agents.map(\.emoji) == ["🦙", "🧠", "✨", "💻", "⚡"])
      #expect(agents.map(\.provider) == ["ollama", "openai", "gemini", "ollama", "openai"])
      #expect(agents.map(\.model) == ["llama3", "gpt-4", "gemini-pro", "codellama", "gpt-3.5-turbo"])
      #expect(agents.map(\.workspace) == ["local", "cloud", "cloud", "local", "cloud"])
      #expect(agents.allSatisfy { $0.config == nil && $0.version == 1 && $0.description?.isEmpty == false })
    }
  }

  @Test func `a database with an agent is let be`() async throws {
    try await scratch.use { store in
      _ = try await store.write { try $0.makeAgent("Mine") }
      #expect(try await store.write { try Seeder.seed($0) } == 0)
    }
  }

  @Test func `S003-22 a reset brings the five back and keeps messages`() async throws {
    try await scratch.use { store in
      let (id, message) = try await store.write { transaction in
        let agents = try (0..<60).map { try transaction.makeAgent("Mine \($0)") }
        let id = try transaction.conversations.create().id
        return (id, try transaction.say("kept", in: id, agent: agents[0].id))
      }
      #expect(try await store.write { try Seeder.reset($0) } == 5)
      #expect(try await store.read { try $0.agents.active() }.map(\.name) == Self.names)
      let stored = try await store.read { try $0.messages.page(of: id).items }
      #expect(message.agent != nil)
      #expect(stored.map(\.agent) == [nil])
    }
  }
}
