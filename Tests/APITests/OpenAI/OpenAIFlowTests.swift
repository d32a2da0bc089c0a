import Basics
import Model
import Pipelines
import Storage
import Synchronization
import TestKit
import Testing
import Tools
import WebServer
import Wire

@testable import API

/// The front door end to end: real routes, real runs, a scripted provider.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct OpenAIFlowTests {
  private static func content(_ answer: Answer) -> String? {
    answer.json["choices"]?[0]?["message"]?["content"]?.string
  }

  private static func content(_ answer: SurfaceAnswer) -> String {
    answer.events.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }.joined()
  }

  // MARK: Models

  @Test func `every active agent and pipeline is a model, by id and by a name that only it has`() async throws
  {
    try await HubUnderTest.run { site in
      let quick = try await site.makeDemoAgent("Quick One")
      let twins = [try await site.makeDemoAgent("Twin"), try await site.makeDemoAgent("Twin")]
      let paused = try await site.makeDemoAgent("Idle")
      _ = try await site.post("/api/agents/\(paused)/pause", [:])
      let list = try await site.get("/v1/models")
      #expect(list.status == 200 && list.json["object"] == "list")
      let models = list.json["data"]?.array ?? []
      let ids = models.compactMap { $0["id"]?.string }
      let active = try await site.store.read { try $0.agents.active() }
      #expect(
        ids == active.map(\.id.text) && Set(ids).isSuperset(of: twins + [quick]) && !ids.contains(paused))
      let model = try #require(models.first { $0["id"]?.string == quick })
      #expect(model.object?.names == ["id", "object", "created", "owned_by", "name"])
      #expect(model["object"] == "model" && (model["created"]?.integer ?? 0) > 1_700_000_000)
      for name in [quick, "Quick%20One"] {
        #expect(try await site.get("/v1/models/\(name)").json["id"]?.string == quick)
      }
      #expect(try await site.get("/v1/models/demo").json["id"] == "demo")
      let cases = [
        ("nobody", 404, "model_not_found"), ("Twin", 400, "model_ambiguous"),
        (paused, 404, "model_not_found"),
        ("Idle", 404, "model_not_found"),
      ]
      for (name, status, code) in cases {
        let answers = [
          try await site.get("/v1/models/\(name)"), try await site.post(ChatBody.path, ChatBody.of(name)),
        ]
        for answer in answers {
          #expect(answer.status == status && answer.json["error"]?["code"]?.string == code, "\(answer.text)")
        }
      }
    }
  }

  // MARK: Answers

  @Test func `a run made here is seen live on sockets and in the log, like any other`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in Script.gated("Hel", gate, "lo") }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let socket = try await SocketClient.open(site, subprotocols: "agenthub.v1")
      let client = try await SurfaceClient.open(
        site.port, ChatBody.path, ChatBody.of(agent, "Hi!", ["stream": true]))
      try await client.wait(for: "\"Hel\"")
      try await eventually("the socket sees the answer grow") {
        socket.messages.contains { $0["type"] == "message.delta" && $0["text"] == "Hel" }
      }
      gate.open()
      try await client.wait(for: "[DONE]")
      try await eventually("the socket sees the end") {
        socket.messages.contains { $0["type"] == "run.completed" }
      }
      let created = try #require(socket.messages.first { $0["type"] == "message.created" })
      #expect(created["text"] == "Hi!" && created["role"] == "user")
      let conversation = created["conversation"]?.string ?? ""
      let events = try await site.get("/api/conversations/\(conversation)/events?limit=100")
      let types = events.json["items"]?.array?.compactMap { $0["type"]?.string } ?? []
      #expect(types.prefix(3) == ["conversation.created", "message.created", "run.queued"])
      #expect(types.last == "run.completed")
    }
  }

  @Test func `whole and streamed answers say the same, also around the hub's own tools`() async throws {
    let model: @Sendable (ScriptedUpstream.Request) -> [ScriptedUpstream.Action] = { request in
      let asked = ModelRequest(request)
      guard asked.toolResult == nil else { return Script.whole("It is ", "11.5.") }
      var actions = Script.calls("run_sql", ["sql": "SELECT 1"])
      actions.insert(Script.piece("Let me look."), at: 1)
      return actions
    }
    let upstream = try ScriptedUpstream(model)
    defer { upstream.stop() }
    try await HubUnderTest.run(tools: StubTool.all) { site in
      let agent = try await site.makeAgent(
        "Analyst", provider: "openai",
        config: ["baseUrl": .string(upstream.url + "/v1"), "tools": ["run_sql"]])
      let whole = try await site.post(ChatBody.path, ChatBody.of(agent))
      #expect(Self.content(whole) == "Let me look.\n\nIt is 11.5.", "\(whole.text)")
      #expect(whole.json["choices"]?[0]?["finish_reason"] == "stop")
      #expect(whole.json["choices"]?[0]?["message"]?["tool_calls"] == nil)
      let stream = SurfaceAnswer(
        try await site.post(ChatBody.path, ChatBody.of(agent, "hi", ["stream": true])))
      #expect(
        Self.content(stream) == Self.content(whole) && stream.lines.last == "[DONE]" && stream.strange.isEmpty
      )
      #expect(stream.fields["content-type"] == "text/event-stream; charset=utf-8")
      let run = try #require(stream.fields["x-run-id"])
      #expect(stream.events.allSatisfy { $0["id"]?.string == "chatcmpl-\(run)" })
      #expect(stream.fields["x-conversation-id"] == stream.events.first?["conversation"]?.string)
    }
  }

  @Test func `a pipeline answers as a model, and takes no tools of its caller`() async throws {
    try await SurfaceSite.run(brain: { request in
      request.system.contains("You route messages")
        ? Script.whole("direct") : Script.whole("Hello", " there.")
    }) { surface in
      let whole = try await surface.site.post(ChatBody.path, ChatBody.of("customer", "Hi"))
      #expect(Self.content(whole) == "Hello there.", "\(whole.text)")
      #expect((whole.json["usage"]?["prompt_tokens"]?.integer ?? 0) >= 24)
      let stream = SurfaceAnswer(
        try await surface.site.post(ChatBody.path, ChatBody.of("customer", "Hi", ["stream": true])))
      #expect(Self.content(stream) == "Hello there.")
      let tool: JSON = ["type": "function", "function": ["name": "f"]]
      let refused = try await surface.site.post(
        ChatBody.path, ChatBody.of("customer", "Hi", ["tools": [tool]]))
      #expect(refused.status == 400 && refused.json["error"]?["param"] == "tools")
    }
  }

  @Test func `metadata reaches tools as parameters`() async throws {
    let upstream = try ScriptedUpstream { request in
      let result = ModelRequest(request).toolResult
      return result.map { Script.whole($0) } ?? Script.calls("query_field_service", [:])
    }
    defer { upstream.stop() }
    try await HubUnderTest.run(tools: StubTool.all) { site in
      let agent = try await site.makeAgent(
        "Field", provider: "openai",
        config: ["baseUrl": .string(upstream.url + "/v1"), "tools": ["query_field_service"]])
      let answer = try await site.post(
        ChatBody.path, ChatBody.of(agent, "n?", ["metadata": ["company_id": "7"]]))
      #expect(Self.content(answer)?.contains("\"company\":\"7\"") == true, "\(answer.text)")
    }
  }

  @Test func `a tool that needs approval holds the answer until somebody agrees`() async throws {
    let upstream = try ScriptedUpstream { request in
      ModelRequest(request).toolResult == nil ? Script.calls("run_sql", ["sql": "x"]) : Script.whole("Done.")
    }
    defer { upstream.stop() }
    try await HubUnderTest.run(tools: StubTool.all) { site in
      let agent = try await site.makeAgent(
        "Careful", provider: "openai",
        config: [
          "baseUrl": .string(upstream.url + "/v1"), "tools": [["name": "run_sql", "approval": "always"]],
        ])
      async let answer = site.post(ChatBody.path, ChatBody.of(agent))
      var run = ""
      try await eventually("the run waits") {
        let runs = try await site.get("/api/runs?status=waiting").json["items"]
        run = runs?[0]?["id"]?.string ?? ""
        return !run.isEmpty
      }
      _ = try await site.post("/api/runs/\(run)/approve", ["decision": "approve"])
      #expect(try await Self.content(answer) == "Done.")
    }
  }

  @Test func `how a call wanted its agent stands with its run`() async throws {
    try await HubUnderTest.run { site in
      let agent = try await site.makeDemoAgent()
      let answer = try await site.post(ChatBody.path, ChatBody.of(agent, "hi", ["temperature": 0.5]))
      let run = try #require(answer.fields["x-run-id"])
      let stored = try await site.get("/api/runs/\(run)")
      #expect(stored.json["overrides"] == ["config": ["temperature": 0.5]])
      #expect(answer.json["conversation"] == stored.json["conversation"])
    }
  }

  // MARK: Tools of the caller

  @Test func `results must answer a call that was made, and tools must not be the agent's own`() async throws
  {
    let upstream = try ScriptedUpstream { _ in Script.whole("ok") }
    defer { upstream.stop() }
    try await HubUnderTest.run(tools: StubTool.all) { site in
      let agent = try await site.makeAgent(
        "Own", provider: "openai",
        config: ["baseUrl": .string(upstream.url + "/v1"), "tools": ["run_sql"]])
      let begun = try await site.post(ChatBody.path, ChatBody.of(agent))
      let result: JSON = ["role": "tool", "tool_call_id": "c9", "content": "x"]
      let own: JSON = ["type": "function", "function": ["name": "run_sql"]]
      let conversation = begun.json["conversation"] ?? .null
      let cases: [(JSONObject, String)] = [
        (["messages": [["role": "user", "content": "hi"], result]], "messages"),
        (["messages": [result], "conversation": conversation], "messages"),
        (["tools": [own]], "tools[0].function.name"),
      ]
      for (more, param) in cases {
        let answer = try await site.post(ChatBody.path, ChatBody.of(agent, "hi", more))
        #expect(answer.status == 400 && answer.json["error"]?["param"]?.string == param, "\(answer.text)")
      }
      #expect(upstream.requests.count == 1)
    }
  }

  // MARK: Failures

  @Test(arguments: [false, true])
  func `a failure before the first word has a status, with or without a stream`(streams: Bool) async throws {
    let upstream = try ScriptedUpstream { _ in
      [.response(#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#, status: 400)]
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let answer = try await site.post(ChatBody.path, ChatBody.of(agent, "hi", ["stream": .bool(streams)]))
      #expect(
        answer.status == 400 && answer.json["error"]?["code"] == "context_length_exceeded", "\(answer.text)")
      #expect(answer.fields["content-type"] == "application/json; charset=utf-8")
    }
  }

  @Test func `a failure amid a stream is told within it`() async throws {
    let upstream = try ScriptedUpstream { _ in [Script.head, Script.piece("Half"), .lastChunk] }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let stream = SurfaceAnswer(
        try await site.post(ChatBody.path, ChatBody.of(agent, "hi", ["stream": true])))
      #expect(stream.status == 200 && Self.content(stream) == "Half")
      #expect(stream.events.last?["error"]?["code"] == "provider_truncated" && stream.lines.last == "[DONE]")
    }
  }

  @Test func `errors that no route tells look like OpenAI's, too`() async throws {
    var configuration = APIConfiguration()
    configuration.rateLimit = Rate(3, perNanoseconds: 3_600_000_000_000)
    try await HubUnderTest.run(configuration) { site in
      let cases: [(Answer, Int, String)] = [
        (try await site.get("/v1/nothing"), 404, "invalid_request_error"),
        (try await site.get(ChatBody.path), 405, "invalid_request_error"),
        (
          try await site.get("/v1/models", fields: ["Host": "evil.example"]), 421, "invalid_request_error"
        ), (try await site.get("/v1/models"), 429, "rate_limit_error"),
      ]
      for (answer, status, type) in cases {
        #expect(answer.status == status && answer.json["error"]?["type"]?.string == type, "\(answer.text)")
      }
      #expect(cases[3].0.fields["retry-after"] != nil)
    }
  }

  // MARK: Who comes and goes

  @Test func `the same key gives the same run, whole or streamed, and another body is refused`() async throws
  {
    let upstream = try ScriptedUpstream { _ in Script.whole("Hello") }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let key = ["Idempotency-Key": "k1"]
      let first = try await site.post(ChatBody.path, ChatBody.of(agent), fields: key)
      let second = try await site.post(ChatBody.path, ChatBody.of(agent, "hi", ["stream": true]), fields: key)
      #expect(Self.content(first) == "Hello" && Self.content(SurfaceAnswer(second)) == "Hello")
      #expect(first.fields["x-run-id"] == second.fields["x-run-id"] && upstream.requests.count == 1)
      let other = try await site.post(ChatBody.path, ChatBody.of(agent, "other"), fields: key)
      #expect(other.status == 422 && other.json["error"]?["code"] == "idempotency_key_reused")
      #expect(
        try await site.post(ChatBody.path, ChatBody.of(agent, "hi", ["seed": 1]), fields: key).status == 422)
    }
  }

  @Test(
    arguments: [
      ("POST /v1/chat/completions", "Content-Length: 99999999\r\n\r\n", 413, "body_too_large"),
      (
        "POST /v1/chat/completions?x=1", "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413,
        "body_too_large"
      ),
      ("POST /v1/chat/completions", "Content-Length: 5, 6\r\n\r\n", 400, "invalid_content_length"),
      ("POST /v1/embeddings", "X: \(String(repeating: "x", count: 20_000))\r\n\r\n", 431, "head_too_large"),
      ("GET /v1/none", "\r\n", 404, "route_not_found"),
      ("DELETE /v1/models", "\r\n", 405, "method_not_allowed"),
    ])
  func `whatever the server itself refuses is said as OpenAI says it`(
    line: String, rest: String, status: Int, code: String
  ) async throws {
    try await HubUnderTest.run { site in
      for path in ["/v1", "/api"] {
        let port = site.port
        let text =
          line.replacing("/v1", with: path) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + rest
        let answer = try await onThread {
          let socket = try RawSocket(port: port, patience: .seconds(20))
          try? socket.send(text)
          return Answer(try socket.receiveResponse())
        }
        if path == "/v1" {
          #expect(answer.status == status && answer.json["error"]?["code"]?.string == code, "\(answer.text)")
          #expect(answer.json["error"]?.object?.names == ["message", "type", "param", "code"])
        } else {
          #expect(answer.json["error"]?.string != nil, "\(answer.text)")
        }
      }
    }
  }

  @Test func `a caller's key is taken and ignored, and stands in no log`() async throws {
    let lines = Recorder<LogEvent>()
    let log = Log(level: .debug) { lines.record($0) }
    try await HubUnderTest.run(log: log) { site in
      let agent = try await site.makeDemoAgent()
      let fields = ["Authorization": "Bearer sk-very-secret", "OpenAI-Organization": "org-very-secret"]
      #expect(try await site.post(ChatBody.path, ChatBody.of(agent), fields: fields).status == 200)
      #expect(try await site.post(ChatBody.path, ChatBody.of("none"), fields: fields).status == 404)
      let texts = lines.all.flatMap { [$0.message] + $0.values.map(\.value) }
      #expect(!texts.isEmpty && !texts.contains { $0.contains("very-secret") })
    }
  }

  @Test func `a page of an allowed origin may send what OpenAI's client sends`() async throws {
    try await HubUnderTest.run { site in
      let asked = "authorization,content-type,x-stainless-lang,x-stainless-retry-count"
      let preflight = try await site.send(
        "OPTIONS", ChatBody.path,
        fields: [
          "Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": asked,
        ])
      #expect(preflight.status == 204)
      #expect(preflight.fields["access-control-allow-headers"]?.hasSuffix(asked) == true)
    }
  }

  @Test func `texts become vectors`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [.response(#"{"data":[{"embedding":[0.5,-2.5]}],"usage":{"prompt_tokens":3}}"#)]
    }
    defer { upstream.stop() }
    let providers = ["OPENAI_BASE_URL": upstream.url + "/v1", "OPENAI_API_KEY": "k"]
    try await HubUnderTest.run(providers: providers) { site in
      let answer = try await site.post("/v1/embeddings", ["model": "m", "input": "hi"])
      #expect(answer.status == 200 && answer.json["data"]?[0]?["embedding"] == [0.5, -2.5], "\(answer.text)")
      #expect(answer.json["usage"] == ["prompt_tokens": 3, "total_tokens": 3])
    }
    try await HubUnderTest.run { site in
      let answer = try await site.post("/v1/embeddings", ["model": "m", "input": "hi"])
      #expect(answer.status == 503 && answer.json["error"]?["code"] == "provider_key_missing")
      #expect(answer.fields["x-should-retry"] == "false")
    }
  }
}
