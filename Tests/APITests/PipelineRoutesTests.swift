import Basics
import Glibc
import Model
import Pipelines
import Storage
import TestKit
import Testing
import Tools

@testable import API

/// Pipelines over REST: made, refused, invoked, read and repeated.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct PipelineRoutesTests {
  private static func body(_ steps: JSON, name: String = "Line") -> JSON {
    ["name": .string(name), "provider": "pipeline", "config": ["pipeline": ["steps": steps]]]
  }

  private static let echo: JSON = [
    ["id": "count", "type": "compose", "text": "{{parameters.count}} for {{input}}"],
    ["id": "say", "type": "compose", "text": "Said: {{steps.count.text}}"],
  ]

  @Test func `S003-45 a pipeline is made like an agent and answers like one`() async throws {
    try await HubUnderTest.run { site in
      let made = try await site.post("/api/agents", Self.body(Self.echo))
      #expect(made.status == 201 && made.json["model"] == "pipeline", "\(made.text)")
      let answer = try await site.post(
        "/api/invoke", ["agentId": made.json["id"] ?? .null, "message": "Ada", "parameters": ["count": 3]])
      #expect(answer.status == 200 && answer.json["response"] == "Said: 3 for Ada", "\(answer.text)")
      let run = try await site.get("/api/runs/\(answer.json["runId"]?.string ?? "")")
      #expect(run.json["status"] == "completed" && run.json["parameters"] == ["count": 3])
    }
  }

  /// Tells the name of the thread that it is called on.
  struct Place: Tool {
    let definition = ToolDefinition(name: "place", parameters: ["type": "object"])
    func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
      let file = open("/proc/thread-self/comm", O_RDONLY)
      defer { close(file) }
      var name = [UInt8](repeating: 0, count: 16)
      let count = read(file, &name, 16)
      return .text(String(decoding: name.prefix(max(0, count)), as: UTF8.self))
    }
  }

  @Test func `no run works on an event loop, though requests are answered there`() async throws {
    try await HubUnderTest.run(tools: [Place()]) { site in
      let steps: JSON = [["id": "where", "type": "tool", "tool": "place"]]
      let made = try await site.post("/api/agents", Self.body(steps))
      for _ in 0..<20 {
        let answer = try await site.post(
          "/api/invoke", ["agentId": made.json["id"] ?? .null, "message": "Where?"])
        #expect(answer.json["response"]?.string?.hasPrefix("loop") == false, "\(answer.text)")
      }
    }
  }

  @Test func `S003-45 a run shows its parts, each with its step`() async throws {
    try await HubUnderTest.run { site in
      let made = try await site.post(
        "/api/agents", Self.body([["id": "ask", "type": "agent", "agent": "demo"]]))
      let answer = try await site.post(
        "/api/invoke", ["agentId": made.json["id"] ?? .null, "message": "Ada"])
      #expect(answer.json["response"]?.string?.isEmpty == false, "\(answer.text)")
      let run = try await site.get("/api/runs/\(answer.json["runId"]?.string ?? "")")
      let parts = run.json["parts"]?.array ?? []
      #expect(parts.map { $0["step"] } == ["ask"] && parts.map { $0["parentRun"] } == [run.json["id"]])
      // Lists are of what somebody asked for and of its parts alike; the conversation's messages tell them apart.
      let messages = try await site.get(
        "/api/conversations/\(answer.json["conversationId"]?.string ?? "")/messages")
      #expect(messages.json["items"]?.array?.map { $0["step"] } == [nil, "ask", nil], "\(messages.text)")
    }
  }

  static let refused: [(JSON, [String])] = [
    (.null, ["steps"]),
    ([], ["no steps"]),
    ([["id": "a", "type": "guess"]], ["Step a", "type"]),
    ([["id": "a", "type": "agent", "agent": "nobody"]], ["Step a", "no agent nobody"]),
    ([["id": "a", "type": "tool", "tool": "nothing"]], ["Step a", "no tool nothing"]),
    ([["id": "a", "type": "compose", "text": "{{steps.b.text}}"]], ["Step a", "step b"]),
    ([["id": "a", "type": "compose", "text": "{{steps.b}}"]], ["Step a"]),
    (
      [["id": "a", "type": "agent", "agent": "demo", "config": ["temperature": 9]]],
      ["Step a", "temperature"]
    ),
    (
      [
        ["id": "a", "type": "compose", "text": "x"],
        ["id": "p", "type": "parallel", "branches": ["w": [["id": "a", "type": "compose", "text": "y"]]]],
      ], ["Step a", "twice"]
    ),
  ]

  @Test(arguments: refused)
  func `a plan that cannot be run is refused, and the step is named`(steps: JSON, words: [String])
    async throws
  {
    try await HubUnderTest.run { site in
      let answer = try await site.post("/api/agents", Self.body(steps))
      #expect(answer.status == 400 && answer.code == "invalid_pipeline", "\(answer.text)")
      for word in words { #expect(answer.text.contains(word), "\(answer.text)") }
    }
  }

  @Test func `a plan is checked when it changes, and secrets in it are masked`() async throws {
    try await HubUnderTest.run { site in
      let made = try await site.post(
        "/api/agents",
        Self.body([
          ["id": "a", "type": "agent", "agent": "demo", "config": ["apiKey": "sk-test-000000000001"]]
        ]))
      #expect(made.status == 201 && !made.text.contains("sk-test-0000"), "\(made.text)")
      let path = "/api/agents/\(made.json["id"]?.string ?? "")"
      let bad = try await site.patch(path, ["config": ["pipeline": ["steps": []]]])
      #expect(bad.status == 400 && bad.code == "invalid_pipeline")
      #expect(try await site.patch(path, ["name": "Other"]).status == 200)
    }
  }

  @Test func `a run is done again from a step`() async throws {
    try await HubUnderTest.run { site in
      let made = try await site.post("/api/agents", Self.body(Self.echo))
      let agent = made.json["id"] ?? .null
      let first = try await site.post(
        "/api/invoke", ["agentId": agent, "message": "Ada", "parameters": ["count": 3]])
      // Both steps change; only the second one is done again.
      _ = try await site.patch(
        "/api/agents/\(agent.string ?? "")",
        [
          "config": [
            "pipeline": [
              "steps": [
                ["id": "count", "type": "compose", "text": "new"],
                ["id": "say", "type": "compose", "text": "Now: {{steps.count.text}}"],
              ]
            ]
          ]
        ])
      let path = "/api/runs/\(first.json["runId"]?.string ?? "")/rerun"
      let again = try await site.post(path, ["step": "say"])
      #expect(again.status == 202 && again.json["input"] != nil, "\(again.text)")
      let run = try await site.runs.outcome(of: Identifier(again.json["id"]?.string ?? ""))
      let text = try await site.store.read { try $0.messages.get(run.output)?.text }
      #expect(run.status == .completed && text == "Now: 3 for Ada")
      let whole = try await site.send("POST", path)
      let last = try await site.runs.outcome(of: Identifier(whole.json["id"]?.string ?? ""))
      #expect(try await site.store.read { try $0.messages.get(last.output)?.text } == "Now: new")
      let none = try await site.post(path, ["step": "none"])
      #expect(none.status == 404 && none.code == "step_not_found" && none.text.contains("count, say"))
      #expect(try await site.post("/api/runs/none/rerun", [:]).code == "run_not_found")
      #expect(try await site.post(path, ["stepp": "say"]).status == 400)
    }
  }
}
