import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

/// InsightX and its gateway: which key is asked, what is told when it fails, and when.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct InsightXGatewayTests {
  private static let keys = ["bytez-key-one-0001", "bytez-key-two-0002"]
  private static let twoKeys = ["BYTEZ_API_KEY": "", "BYTEZ_API_KEY_1": keys[0], "BYTEZ_API_KEY_2": keys[1]]
  private static let body: JSON = [
    "session_id": "test-session", "chat_id": "test-chat", "message": "What is this about?",
  ]

  /// A model that explains.
  @Sendable private static func explain(_ request: ModelRequest) -> [ScriptedUpstream.Action] {
    request.system.contains("You decide how") ? Script.whole("EXPLAIN_ONLY") : Script.whole("Sales.")
  }

  private static func refusal(_ status: Int) -> [ScriptedUpstream.Action] {
    [.response(#"{"error":{"message":"no"}}"#, status: status)]
  }

  @Test func `S000-09 S000-22 the gateway sees its path, the key, the model and the messages`() async throws {
    try await SurfaceSite.run(brain: Self.explain) { (surface) async throws in
      _ = try await surface.stream("/api/chat/stream", Self.body)
      let requests = surface.upstream.requests.map { ModelRequest($0) }
      #expect(requests.count == 2)
      for request in requests {
        #expect(request.path == "/openai/v1/chat/completions" && request.key == "bytez-key-0000")
        #expect(request.json["model"] == "claude-3-5-sonnet-20241022")
        #expect(!request.system.isEmpty && request.question.contains("What is this about?"))
      }
    }
  }

  @Test(arguments: [401, 402, 403, 429, 500, 503])
  func `S000-10 S000-11 S000-13 S000-14 S001-10 a key that fails is marked, and the next one goes on`(
    status: Int
  ) async throws {
    try await SurfaceSite.run(
      brain: { $0.key == Self.keys[0] ? Self.refusal(status) : Self.explain($0) }, providers: Self.twoKeys
    ) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body)
      #expect(answer.types().last == "final_response" && answer.event("error") == nil)
      let asked = surface.upstream.requests.map { ModelRequest($0).key }
      #expect(asked.prefix(2) == Self.keys[...])
      let metrics = try await surface.site.get("/api/admin/reset-keys").json
      #expect(metrics["totalKeys"] == 2 && metrics["currentKeyIndex"] == 1)
      let first = metrics["metrics"]?["0 ***0001"]
      #expect(first?["status"] == "failed" && (first?["errorCount"]?.integer ?? 0) >= 1)
      #expect(first?["lastError"]?.string?.hasPrefix("\(status) ") == true)
    }
  }

  @Test func `S000-29 when both keys fail the stream says that all are exhausted`() async throws {
    try await SurfaceSite.run(brain: { _ in Self.refusal(401) }, providers: Self.twoKeys) {
      (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body)
      #expect(
        answer.event("error")?["message"]?.string?.hasPrefix("All API keys exhausted after retries") == true)
      #expect(answer.types().last == "error" && surface.upstream.requests.count == 2)
    }
  }

  @Test func `S000-15 a wrong request is asked once and told`() async throws {
    try await SurfaceSite.run(brain: { _ in Self.refusal(400) }, providers: Self.twoKeys) {
      (surface) async throws in
      #expect(try await surface.stream("/api/chat/stream", Self.body).types().last == "error")
      #expect(surface.upstream.requests.count == 1)
    }
  }

  @Test func `S000-28 an unknown model is named`() async throws {
    try await SurfaceSite.run(brain: { _ in Self.refusal(404) }) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body)
      #expect(
        answer.event("error")?["message"]?.string?.contains("claude-3-5-sonnet-20241022") == true,
        "\(answer.lines)")
    }
  }

  @Test func `S000-21 an event arrives while later steps still work`() async throws {
    let gate = Gate()
    try await SurfaceSite.run(brain: { request in
      request.system.contains("You decide how")
        ? Script.whole("EXPLAIN_ONLY") : Script.gated("Sales", gate, ".")
    }) { (surface) async throws in
      let client = try await SurfaceClient.open(surface.site.port, "/api/chat/stream", Self.body)
      try await client.wait(for: "orchestrator_result")
      #expect(!gate.isOpened && surface.upstream.requests.count <= 2)
      gate.open()
      try await client.wait(for: "final_response")
    }
  }

  @Test func `S000-27 the log tells the client, the key's end and the runs, and never a whole key`()
    async throws
  {
    let lines = Recorder<LogEvent>()
    let log = Log(level: .debug) { lines.record($0) }
    try await SurfaceSite.run(brain: Self.explain, log: log) { (surface) async throws in
      _ = try await surface.stream("/api/chat/stream", Self.body)
      let asked = lines.all.filter { $0.message == "Asking a provider" }
      let values = asked.map { Dictionary($0.values.map { ($0.name, $0.value) }) { $1 } }
      #expect(values.map { $0["key"] } == ["***0000", "***0000"] && values.allSatisfy { $0["run"] != nil })
      #expect(lines.all.count { $0.message == "Chat request" } == 1)
      #expect(!"\(lines.all)".contains("bytez-key"))
    }
  }

  @Test func `S001-22 a pipeline with the validator reports what it found`() async throws {
    let verdict = #"{"valid":false,"issues":["The sum is off"],"recommendations":["Ask again"]}"#
    try await SurfaceSite.run(brain: { request in
      Script.whole(request.system.contains("You check results") ? verdict : "The mean is 11.5.")
    }) { (surface) async throws in
      let steps: JSON = [
        ["id": "answer", "type": "agent", "agent": "insightx-explainer"],
        ["id": "check", "type": "agent", "agent": "insightx-validator", "input": "{{steps.answer.text}}"],
        ["id": "whole", "type": "compose", "text": "{{steps.answer.text}} {{steps.check.data.issues}}"],
      ]
      let made = try await surface.site.post(
        "/api/agents",
        [
          "name": "Checked", "provider": "pipeline", "model": "pipeline",
          "config": ["pipeline": ["steps": steps]],
        ])
      let answer = try await surface.site.invoke(made.json["id"]?.string ?? "", "What is the mean?").json
      #expect(answer["response"] == #"The mean is 11.5. ["The sum is off"]"#, "\(answer.text)")
      let conversation = answer["conversationId"]?.string ?? ""
      let events = try await surface.site.get("/api/conversations/\(conversation)/events?limit=500")
      let check = events.json["items"]?.array?.first {
        $0["type"] == "step.completed" && $0["step"] == "check"
      }
      #expect(check?["result"]?["data"]?["valid"] == false)
      #expect(check?["result"]?["data"]?["recommendations"] == ["Ask again"])
    }
  }

  @Test func `S001-01 without keys only chats are affected`() async throws {
    try await SurfaceSite.run(brain: Self.explain, hasKeys: false) { (surface) async throws in
      #expect(try await surface.stream("/api/chat/stream", Self.body).types().last == "error")
      #expect(try await surface.site.get("/health").status == 200)
      #expect(try await surface.site.get("/api/session").status == 200)
      let query: JSON = ["session_id": "none", "sql": "SELECT COUNT(*) AS n FROM transactions"]
      let answer = try await surface.site.post("/api/sql/execute", query)
      #expect(answer.status == 200 && answer.json["data"]?["rows"] == [["n": 10_000]], "\(answer.text)")
    }
  }
}
