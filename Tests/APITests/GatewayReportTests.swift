import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

/// What the hub tells about its calls, and agents of anybody's own.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct GatewayReportTests {
  @Test func `S000-38 S000-41 S001-20 calls, tokens and errors are told by key, model and agent`()
    async throws
  {
    let keys = ["test-key-number-0001", "test-key-number-0002"]
    let upstream = try ScriptedUpstream { request in
      request["authorization"]?.hasSuffix(keys[0]) == true
        ? [.response(#"{"error":{"message":"no"}}"#, status: 401)] : Script.whole("ok")
    }
    defer { upstream.stop() }
    let settings = ["OPENAI_BASE_URL": upstream.url + "/v1", "OPENAI_API_KEYS": keys.joined(separator: ",")]
    try await HubUnderTest.run(providers: settings) { site in
      let agent = try await site.makeAgent("Counted", provider: "openai", config: [:])
      for _ in 0..<2 { #expect(try await site.invoke(agent, "hi").status == 200) }
      let sums = try await site.get("/api/usage?group=key,model").json["items"]?.array ?? []
      let failed = try #require(sums.first { $0["failedCalls"] == 1 })
      #expect(failed["calls"] == 1 && failed["completedCalls"] == 0 && failed["averageMs"] == .null)
      let good = try #require(sums.first { $0["failedCalls"] == 0 })
      #expect(good["calls"] == 2 && good["completedCalls"] == 2 && good["inputTokens"] == 24)
      #expect(good["model"] == "m" && good["key"] != failed["key"])
      let own = try await site.get("/api/usage?group=agent").json["items"]?[0]
      #expect(own?["agent"] == .string(agent) && own?["completedCalls"] == 2 && own?["failedCalls"] == 1)
      #expect((own?["averageMs"]?.integer ?? -1) >= 0 && own?["outputTokens"] == 10)
      let shown = try await site.get("/api/keys?provider=openai").json["items"]?.array ?? []
      #expect(shown.map { $0["errors"] } == [1, 0] && shown.map { $0["uses"] } == [0, 2])
    }
  }

  @Test func `S000-34 an agent of another kind is registered and called, alone and as a step`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.text.contains("You audit") ? Script.whole("Two findings.") : Script.whole("A draft.")
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let auditor = try await site.post(
        "/api/agents",
        [
          "name": "Security Auditor", "provider": "openai", "model": "m",
          "config": ["systemPrompt": "You audit.", "baseUrl": .string(upstream.url + "/v1")],
        ])
      #expect(auditor.status == 201)
      let id = auditor.json["id"]?.string ?? ""
      #expect(try await site.invoke(id, "Look at this").json["response"] == "Two findings.")
      let writer = try await site.makeAgent("Writer", asking: upstream)
      let steps: JSON = [
        ["id": "draft", "type": "agent", "agent": .string(writer)],
        ["id": "audit", "type": "agent", "agent": .string(id), "input": "{{steps.draft.text}}"],
      ]
      let line = try await site.post(
        "/api/agents",
        [
          "name": "Line", "provider": "pipeline", "model": "pipeline",
          "config": ["pipeline": ["steps": steps]],
        ])
      let answer = try await site.invoke(line.json["id"]?.string ?? "", "Write and check")
      #expect(answer.json["response"] == "Two findings.", "\(answer.text)")
      #expect(upstream.requests.last?.text.contains("A draft.") == true)
    }
  }

  @Test func `S003-24 a changed row lets another provider answer`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.path == "/api/chat"
        ? [
          .chunkedHead(type: "application/x-ndjson"),
          .chunk(#"{"message":{"role":"assistant","content":"from Ollama"},"done":false}"# + "\n"),
          .chunk(#"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"# + "\n"),
          .lastChunk,
        ] : Script.whole("from OpenAI")
    }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      #expect(try await site.invoke(agent, "who?").json["response"] == "from OpenAI")
      let changed = try await site.patch(
        "/api/agents/\(agent)", ["provider": "ollama", "config": ["baseUrl": .string(upstream.url)]])
      #expect(changed.status == 200, "\(changed.text)")
      #expect(try await site.invoke(agent, "who?").json["response"] == "from Ollama")
    }
  }
}
