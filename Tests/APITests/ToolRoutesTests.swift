import Basics
import Model
import Storage
import TestKit
import Testing
import Tools

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ToolRoutesTests {
  static let weather: JSON = [
    "name": "weather", "description": "Tells the weather.", "url": "https://api.example/v1/{city}?u={units}",
    "headers": ["Authorization": "Bearer test-secret-000001", "Accept": "application/json"],
    "parameters": [
      "type": "object", "properties": ["city": ["type": "string"], "units": ["enum": ["C", "F"]]],
      "required": ["city"],
    ],
    "timeout": 2.5, "approval": "always",
  ]

  struct Clock: Tool {
    let definition = ToolDefinition(name: "clock", parameters: ["type": "object"])
    func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer { .text("noon") }
  }

  @Test func `a tool is registered, read, changed and taken away, and its secret is never shown`()
    async throws
  {
    try await HubUnderTest.run(tools: [Clock()]) { site in
      let made = try await site.post("/api/tools", Self.weather)
      #expect(made.status == 201, "\(made.text)")
      #expect(made.json["headers"] == ["Authorization": "***0001", "Accept": "application/json"])
      #expect(
        made.json["method"] == "GET" && made.json["timeout"] == 2.5 && made.json["approval"] == "always")
      #expect(made.json["maxResultBytes"] == 32_768 && made.json["builtIn"] == false)
      let list = try await site.get("/api/tools")
      #expect(list.json["items"]?.array?.map { $0["name"] } == ["clock", "weather"])
      let changed = try await site.patch(
        "/api/tools/weather",
        [
          "method": "POST", "headers": ["Authorization": "***0001", "X-Trace": "trace-me-please"],
          "description": .null,
        ])
      #expect(
        changed.json["headers"] == ["Authorization": "***0001", "X-Trace": "***ease"], "\(changed.text)")
      #expect(changed.json["method"] == "POST" && changed.json["description"] == .null)
      let stored = try await site.store.read { try $0.tools.get("weather") }
      #expect(stored?.headers.first?.value == "Bearer test-secret-000001")
      for answer in [made, list, changed, try await site.get("/api/tools/weather")] {
        #expect(!answer.text.contains("test-secret"))
      }
      #expect(try await site.send("DELETE", "/api/tools/weather").status == 204)
      #expect(try await site.get("/api/tools/weather").code == "tool_not_found")
      #expect(try await site.send("DELETE", "/api/tools/weather").status == 404)
    }
  }

  @Test func `a secret does not go along to another server`() async throws {
    try await HubUnderTest.run { site in
      _ = try await site.post("/api/tools", Self.weather)
      let moved: JSON = ["url": "https://evil.example/{city}?u={units}"]
      let refused = try await site.patch("/api/tools/weather", moved)
      #expect(
        refused.status == 400 && refused.error?.contains("headers.Authorization must be sent again") == true)
      let masked = try await site.patch(
        "/api/tools/weather",
        ["url": "https://evil.example/{city}?u={units}", "headers": ["Authorization": "***0001"]])
      #expect(masked.status == 400)
      let other = try await site.patch(
        "/api/tools/weather", ["url": "https://api.example/v2/{city}?u={units}"])
      #expect(other.status == 200)
      let whole = try await site.patch(
        "/api/tools/weather",
        ["url": "https://new.example/{city}?u={units}", "headers": ["Authorization": "Bearer other-000002"]])
      #expect(whole.status == 200 && whole.json["headers"]?["Authorization"] == "***0002")
    }
  }

  static let wrong: [(change: JSONObject, code: String)] = [
    (["name": ""], "missing_field"), (["name": "a b"], "invalid_tool"), (["name": "clock"], "tool_exists"),
    (["url": "ftp://x"], "invalid_tool"), (["url": "https://{city}/x"], "invalid_tool"),
    (["method": "TRACE"], "invalid_field"), (["timeout": 0], "invalid_tool"),
    (["timeout": "5"], "invalid_field"), (["timeout": 1e300], "invalid_tool"),
    (["timeout": -1e300], "invalid_tool"),
    (["maxResultBytes": 5], "invalid_tool"), (["approval": "sometimes"], "invalid_field"),
    (["parameters": ["type": "array"]], "invalid_tool"),
    (["parameters": ["type": "object", "required": 1]], "invalid_schema"),
    (["headers": ["Host": "x"]], "invalid_tool"), (["headers": ["A": 5]], "invalid_field"),
    (["headers": ["A": "***0001"]], "invalid_tool"), (["hedaers": [:]], "unknown_field"),
  ]

  @Test(arguments: wrong.indices)
  func `what no call could use is refused`(index: Int) async throws {
    try await HubUnderTest.run(tools: [Clock()]) { site in
      var body = Self.weather.object ?? [:]
      for member in Self.wrong[index].change.members { body[member.name] = member.value }
      let answer = try await site.post("/api/tools", .object(body))
      #expect(answer.code == Self.wrong[index].code, "\(answer.text)")
      #expect(answer.status == (answer.code == "tool_exists" ? 409 : 400))
      #expect(try await site.get("/api/tools").json["items"]?.array?.count == 1)
    }
  }

  @Test func `what is built in or has a name stays so`() async throws {
    try await HubUnderTest.run(tools: [Clock()]) { site in
      #expect(try await site.get("/api/tools/clock").json["builtIn"] == true)
      #expect(try await site.send("DELETE", "/api/tools/clock").code == "tool_built_in")
      #expect(try await site.patch("/api/tools/clock", [:]).code == "tool_built_in")
      _ = try await site.post("/api/tools", Self.weather)
      #expect(try await site.post("/api/tools", Self.weather).code == "tool_exists")
      #expect(try await site.patch("/api/tools/weather", ["name": "other"]).code == "invalid_field")
    }
  }

  @Test func `the same request with a key registers once`() async throws {
    try await HubUnderTest.run { site in
      let fields = ["Idempotency-Key": "k1"]
      let first = try await site.post("/api/tools", Self.weather, fields: fields)
      let again = try await site.post("/api/tools", Self.weather, fields: fields)
      #expect(first.status == 201 && again.status == 201 && first.json == again.json)
    }
  }

  @Test func `an agent's tools must exist when they are listed`() async throws {
    try await HubUnderTest.run(tools: [Clock()]) { site in
      let agent: JSON = [
        "name": "A", "provider": "demo", "model": "m", "config": ["tools": ["clock", "wether"]],
      ]
      let refused = try await site.post("/api/agents", agent)
      #expect(refused.code == "invalid_config", "\(refused.text)")
      #expect(refused.text.contains("config.tools[1] is not known: wether."))
      _ = try await site.post("/api/tools", Self.weather)
      #expect(try await site.post("/api/agents", agent).json["hint"] == "Did you mean weather?")
      let good: JSON = [
        "name": "A", "provider": "demo", "model": "m",
        "config": ["tools": ["clock", ["name": "weather", "approval": "always"]], "maxToolRounds": 3],
      ]
      let made = try await site.post("/api/agents", good)
      #expect(made.status == 201, "\(made.text)")
      let id = made.json["id"]?.string ?? ""
      _ = try await site.send("DELETE", "/api/tools/weather")
      // What was stored is not asked again, unless it is sent again.
      #expect(try await site.patch("/api/agents/\(id)", ["name": "B"]).status == 200)
      #expect(try await site.patch("/api/agents/\(id)", ["config": ["tools": ["weather"]]]).status == 400)
      for bad: JSON in [
        ["tools": "clock"], ["tools": ["clock", "clock"]], ["tools": [5]], ["maxToolRounds": 0],
        ["tools": [["name": "clock", "approval": "maybe"]]], ["maxToolRounds": 65],
      ] {
        #expect(
          try await site.patch("/api/agents/\(id)", ["config": bad]).code == "invalid_config", "\(bad.text)")
      }
    }
  }
}
