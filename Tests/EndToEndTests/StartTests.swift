import Basics
import Database
import Glibc
import TestKit
import Testing

/// What a hub says when it starts, and when it cannot.
struct StartTests {
  @Test func `S003-03 A fresh hub has its agents and says where it is`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let agents = try hub.get("/api/agents")
      #expect(agents.json.array?.count == 5)
      #expect(hub.greeting.contains("http://127.0.0.1:\(hub.port)"))
      #expect(hub.greeting.contains("/api/invoke"))
      #expect(try hub.get("/health").status == 200)
      #expect(try hub.get("/ready").status == 200)
    }
  }

  @Test func `A second hub on a taken port says who to ask`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let second = try HubBinary.run(["serve", "--port", "\(hub.port)"], in: ScratchFolder())
      #expect(second.ending == .exited(1))
      #expect(second.errors.contains("port \(hub.port)"))
      #expect(second.errors.contains("taken"))
      #expect(second.output.isEmpty)
    }
  }

  @Test func `A second hub on the same database is refused and harms nothing`() async throws {
    try await onThread {
      let folder = ScratchFolder()
      let hub = try HubBinary(in: folder)
      let second = try HubBinary.run(["serve", "--port", "0"], in: folder)
      #expect(second.ending == .exited(1))
      #expect(second.errors.contains("hub.db"))
      #expect(try hub.post("/api/invoke", ["agentId": "demo", "message": "still there?"]).status == 200)
    }
  }

  @Test(arguments: ["/nowhere/hub.db", "/proc/hub.db", "/tmp"])
  func `S003-51 A database that cannot be written is named`(path: String) async throws {
    try await onThread {
      let result = try HubBinary.run(["serve", "--port", "0", "--database", path], in: ScratchFolder())
      #expect(result.ending == .exited(1))
      #expect(result.errors.contains(path))
      #expect(result.errors.split(separator: "\n").count >= 2, "there is no hint: \(result.errors)")
    }
  }

  @Test func `A database from the future is left alone`() async throws {
    try await onThread {
      let folder = ScratchFolder()
      #expect(try HubBinary.run(["migrate"], in: folder).ending == .exited(0))
      try Self.bumpSchema(of: "\(folder.path)/hub.db")
      let result = try HubBinary.run(["serve", "--port", "0"], in: folder)
      #expect(result.ending == .exited(1))
      #expect(result.errors.contains("9999_from_the_future"))
    }
  }

  private static func bumpSchema(of path: String) throws {
    let connection = try DatabaseConnection(path: path, access: .readWrite)
    try connection.execute("INSERT INTO schema_migrations VALUES (9999, '9999_from_the_future', 'x', 0)")
  }

  @Test func `A start forgets the idempotency keys of the day before`() async throws {
    try await onThread {
      let folder = ScratchFolder()
      #expect(try HubBinary.run(["migrate"], in: folder).ending == .exited(0))
      try Self.insertKeys(into: "\(folder.path)/hub.db")
      let hub = try HubBinary(in: folder)
      let body: JSON = ["name": "a", "provider": "demo", "model": "m"]
      #expect(try hub.post("/api/agents", body, fields: "Idempotency-Key: young\r\n").status == 422)
      #expect(try hub.post("/api/agents", body, fields: "Idempotency-Key: old\r\n").status == 201)
    }
  }

  /// One key of 25 hours ago and one of 23.
  private static func insertKeys(into path: String) throws {
    let connection = try DatabaseConnection(path: path, access: .readWrite)
    for (key, hours) in [("old", 25), ("young", 23)] {
      try connection.execute(
        """
        INSERT INTO idempotency (route, key, fingerprint, created_at)
        VALUES ('agents', '\(key)', 'another request', (unixepoch() - \(hours) * 3600) * 1000)
        """)
    }
  }

  @Test func `A file that is no database is left alone`() async throws {
    try await onThread {
      let folder = ScratchFolder()
      let path = "\(folder.path)/hub.db"
      guard let file = fopen(path, "w") else { return }
      fputs(String(repeating: "These are my notes.\n", count: 100), file)
      fclose(file)
      let before = HubBinary.contents(of: path)
      let result = try HubBinary.run(["serve", "--port", "0"], in: folder)
      #expect(result.ending == .exited(1))
      #expect(result.errors.contains(path))
      #expect(HubBinary.contents(of: path) == before)
    }
  }

  @Test(
    arguments: [
      (["serve", "--prot", "0"], [:], "--port"),
      (["serve", "--port", "0"], ["AGENTHUB_PRT": "1"], "AGENTHUB_PORT"),
      (["srve"], [:], "serve"),
    ] as [([String], [String: String], String)])
  func `An unknown word brings the nearest known one`(
    words: [String], environment: [String: String], meant: String
  ) async throws {
    try await onThread {
      let result = try HubBinary.run(words, in: ScratchFolder(), environment: environment)
      #expect(result.ending == .exited(2))
      #expect(result.errors.contains("Did you mean \(meant)?"))
    }
  }
}
