import Basics
import Model
import Storage
import Testing

@testable import API

struct AgentRoutesTests {
  private static let key = "sk-test-abcdefgh12345678"

  @Test func `S003-21 a fresh hub lists exactly the five seeded agents, as the Nexus pages read them`()
    async throws
  {
    try await HubUnderTest.run { site in
      let answer = try await site.get("/api/agents")
      #expect(answer.status == 200)
      #expect(answer.fields["content-type"] == "application/json; charset=utf-8")
      let rows = try #require(answer.json.array)
      let expected = [
        ("Llama 3 Assistant", "🦙", "local", "llama3", "ollama"),
        ("GPT-4 Strategist", "🧠", "cloud", "gpt-4", "openai"),
        ("Gemini Analyst", "✨", "cloud", "gemini-pro", "gemini"),
        ("Code Helper", "💻", "local", "codellama", "ollama"),
        ("GPT-3.5 Turbo", "⚡", "cloud", "gpt-3.5-turbo", "openai"),
      ]
      #expect(rows.count == expected.count)
      for (row, agent) in zip(rows, expected) {
        #expect(row["identityName"]?.string == agent.0)
        #expect(row["identityEmoji"]?.string == agent.1)
        #expect(row["workspace"]?.string == agent.2)
        #expect(row["model"]?.string == agent.3)
        #expect(row["provider"]?.string == agent.4)
        #expect(row["status"] == "active")
        #expect(row["description"]?.string?.isEmpty == false)
        #expect(
          row.object?.names == [
            "id", "identityName", "identityEmoji", "workspace", "model", "provider", "description", "status",
          ])
      }
    }
  }

  @Test func `S003-19 a store that is gone is told in the words that the Nexus pages expect`() async throws {
    try await HubUnderTest.run { site in
      site.store.close()
      let answer = try await site.get("/api/agents")
      #expect(answer.error == "Failed to fetch agents")
      #expect(answer.code == "store_closed")
      let body: JSON = ["name": "a", "provider": "demo", "model": "m"]
      #expect(try await site.post("/api/agents", body).error == "Failed to create agent")
      let invoked = try await site.invoke("demo", "hi")
      #expect(invoked.error == "Agent invocation failed")
      #expect(invoked.json["details"] == "The store is closed.")
    }
  }

  @Test func `S003-10 a created agent is answered as its raw row, its key masked`() async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.post(
        "/api/agents",
        [
          "name": "Mine", "provider": "google", "model": "gemini-pro", "emoji": "",
          "config": ["apiKey": .string(Self.key), "temperature": 0.5],
        ])
      #expect(answer.status == 201)
      let row = answer.json
      #expect(
        row.object?.names == [
          "id", "name", "description", "provider", "model", "emoji", "workspace", "status", "config",
          "createdAt",
          "updatedAt",
        ])
      #expect(row["provider"] == "gemini")
      #expect(row["emoji"] == "🤖")
      #expect(row["workspace"] == "default")
      #expect(row["description"] == .null)
      #expect(row["config"]?.string == "{\"apiKey\":\"***5678\",\"temperature\":0.5}")
      let stored = try await site.store.read { try $0.agents.get(Identifier(row["id"]?.string ?? "")) }
      #expect(stored?.config?["apiKey"]?.string == Self.key)
    }
  }

  @Test(arguments: [
    ("{\"name\":\"a\"}", "Missing required fields: name, provider, model"),
    ("{\"name\":\"a\",\"provider\":\"acme\",\"model\":\"m\"}", "Unknown provider: acme"),
    (
      "{\"name\":\"a\",\"provider\":\"demo\",\"model\":\"m\",\"config\":{\"topP\":5}}",
      "config.topP must be a number from 0 to 1."
    ),
    ("{", "The body is not valid JSON: a missing member name at byte 1."),
    (
      "{\"name\":\" \\t\\u00a0\\u200b\\n\",\"provider\":\"demo\",\"model\":\"m\"}",
      "name must be a string with a visible character."
    ),
  ])
  func `S003-10 an agent that cannot be made leaves nothing behind`(body: String, error: String) async throws
  {
    try await HubUnderTest.run { site in
      let answer = try await site.send("POST", "/api/agents", body: body)
      #expect(answer.status == 400)
      #expect(answer.error == error)
      #expect(answer.json["code"]?.string != nil)
      #expect(try await site.store.read { try $0.agents.count() } == 5)
    }
  }

  @Test func `an Idempotency-Key makes one agent however often the request comes`() async throws {
    try await HubUnderTest.run { site in
      let body: JSON = ["name": "Once", "provider": "demo", "model": "m"]
      let first = try await site.post("/api/agents", body, fields: ["Idempotency-Key": "k1"])
      let second = try await site.post("/api/agents", body, fields: ["Idempotency-Key": "k1"])
      #expect(first.status == 201)
      #expect(second.status == 201)
      #expect(first.body == second.body)
      #expect(second.fields["idempotent-replayed"] == "true")
      let other = try await site.post(
        "/api/agents", ["name": "Twice", "provider": "demo", "model": "m"], fields: ["Idempotency-Key": "k1"])
      #expect(other.status == 422)
      #expect(other.code == "idempotency_key_reused")
      #expect(try await site.store.read { try $0.agents.count() } == 6)
      let wrong = try await site.post("/api/agents", body, fields: ["Idempotency-Key": "a b"])
      #expect(wrong.code == "invalid_idempotency_key")
    }
  }

  @Test func `a change counts the version up and keeps a masked key`() async throws {
    try await HubUnderTest.run { site in
      let made = try await site.post(
        "/api/agents",
        ["name": "Mine", "provider": "openai", "model": "m", "config": ["apiKey": .string(Self.key)]])
      let path = "/api/agents/\(made.json["id"]?.string ?? "")"
      let read = try await site.get(path)
      #expect(read.fields["etag"] == "\"1\"")
      #expect(read.json["config"] == ["apiKey": "***5678"])
      let changed = try await site.patch(
        path, ["name": "Yours", "description": "d", "config": ["apiKey": "***5678", "maxTokens": 9]])
      #expect(changed.status == 200)
      #expect(changed.fields["etag"] == "\"2\"")
      #expect(changed.json["name"] == "Yours")
      let id = Identifier<Agent>(made.json["id"]?.string ?? "")
      let stored = try await site.store.read { try $0.agents.get(id) }
      #expect(stored?.config == ["apiKey": .string(Self.key), "maxTokens": 9])
      #expect(stored?.model == "m")
      let cleared = try await site.patch(path, ["description": nil, "config": nil])
      #expect(cleared.json["description"] == .null)
      #expect(cleared.json["config"] == .null)
    }
  }

  @Test func `a stale If-Match changes nothing`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.makeDemoAgent()
      let path = "/api/agents/\(id)"
      let stale = try await site.patch(path, ["name": "x"], fields: ["If-Match": "\"7\""])
      #expect(stale.status == 412)
      #expect(stale.code == "version_conflict")
      #expect(try await site.patch(path, ["name": "x"], fields: ["If-Match": "\"1\""]).status == 200)
      #expect(try await site.send("DELETE", path, fields: ["If-Match": "\"1\""]).status == 412)
      #expect(try await site.send("POST", "\(path)/pause", fields: ["If-Match": "\"1\""]).status == 412)
      #expect(try await site.send("DELETE", path, fields: ["If-Match": "\"2\""]).status == 204)
      #expect(try await site.get(path).code == "agent_not_found")
      #expect(try await site.send("DELETE", path).status == 404)
    }
  }

  @Test func `an agent that its reader knows already is not sent again`() async throws {
    try await HubUnderTest.run { site in
      let path = "/api/agents/\(try await site.makeDemoAgent())"
      for tags in ["\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"] {
        let known = try await site.get(path, fields: ["If-None-Match": tags])
        #expect(known.status == 304)
        #expect(known.fields["etag"] == "\"1\"")
        #expect(known.body.isEmpty)
      }
      #expect(try await site.get(path, fields: ["If-None-Match": "\"2\""]).status == 200)
      _ = try await site.patch(path, ["name": "x"])
      let changed = try await site.get(path, fields: ["If-None-Match": "\"1\""])
      #expect(changed.status == 200)
      #expect(changed.json["name"] == "x")
      #expect(try await site.get("/api/agents/nobody", fields: ["If-None-Match": "*"]).status == 404)
    }
  }

  @Test func `a paused agent is not listed and takes no work`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.makeDemoAgent()
      let paused = try await site.send("POST", "/api/agents/\(id)/pause")
      #expect(paused.json["status"] == "paused")
      #expect(try await site.get("/api/agents").json.array?.count == 5)
      let refused = try await site.invoke(id, "hi")
      #expect(refused.status == 409)
      #expect(refused.code == "agent_paused")
      #expect(try await site.send("POST", "/api/agents/\(id)/resume").json["status"] == "active")
      #expect(try await site.invoke(id, "hi").status == 200)
    }
  }

  @Test func `all agents are paged in their whole shape`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.makeDemoAgent()
      _ = try await site.send("POST", "/api/agents/\(id)/pause")
      var names: [String] = []
      var next: String? = ""
      while let cursor = next {
        let page = try await site.get("/api/agents?status=all&limit=4&after=\(cursor)")
        names += page.json["items"]?.array?.compactMap { $0["name"]?.string } ?? []
        next = page.json["next"]?.string
      }
      #expect(names.count == 6)
      #expect(Set(names).count == 6)
      #expect(names.contains("Quick"))
      #expect(try await site.get("/api/agents?status=asleep").status == 400)
      #expect(try await site.get("/api/agents?_=123").status == 200)
    }
  }

  @Test func `every version can be read and brought back`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.makeDemoAgent("One")
      let path = "/api/agents/\(id)"
      _ = try await site.patch(path, ["name": "Two"])
      _ = try await site.patch(path, ["name": "Three"])
      let first = try await site.get("\(path)/versions?limit=2")
      #expect(first.json["items"]?.array?.map { $0["name"]?.string } == ["Three", "Two"])
      let rest = try await site.get("\(path)/versions?limit=2&after=\(first.json["next"]?.string ?? "")")
      #expect(rest.json["items"]?.array?.map { $0["name"]?.string } == ["One"])
      #expect(rest.json["next"] == .null)
      #expect(try await site.get("\(path)/versions/2").json["name"] == "Two")
      #expect(try await site.get("\(path)/versions/9").code == "version_not_found")
      let restored = try await site.post("\(path)/restore", ["version": 1])
      #expect(restored.json["name"] == "One")
      #expect(restored.json["version"] == 4)
      #expect(try await site.post("\(path)/restore", ["version": 9]).status == 404)
      #expect(
        try await site.post("\(path)/restore", ["version": "1"]).error
          == "version must be a whole number, not a string.")
      #expect(
        try await site.post("\(path)/restore", ["version": 1], fields: ["If-Match": "\"1\""]).status == 412)
    }
  }

  @Test func `the built-in agent can be read but not changed`() async throws {
    try await HubUnderTest.run { site in
      let demo = try await site.get("/api/agents/demo")
      #expect(demo.json["provider"] == "demo")
      #expect(try await site.patch("/api/agents/demo", ["name": "x"]).code == "agent_built_in")
      #expect(try await site.send("DELETE", "/api/agents/demo").status == 409)
      #expect(try await site.get("/api/agents/demo/versions").json["items"]?.array?.count == 1)
      #expect(try await site.get("/api/agents/nobody").status == 404)
      #expect(try await site.get("/api/agents/chat").status == 405)
    }
  }
}
