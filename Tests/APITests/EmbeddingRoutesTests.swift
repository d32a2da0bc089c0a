import Basics
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct EmbeddingRoutesTests {
  @Test func `texts come back as vectors, with what they took`() async throws {
    let upstream = try ScriptedUpstream { _ in
      [.response(#"{"data":[{"embedding":[0.1,-2.5]}],"usage":{"prompt_tokens":3}}"#)]
    }
    defer { upstream.stop() }
    let providers = ["OPENAI_BASE_URL": upstream.url + "/v1", "OPENAI_API_KEY": "k"]
    try await HubUnderTest.run(providers: providers) { site in
      let answer = try await site.post(
        "/api/embeddings", ["provider": "openai", "model": "m", "input": "hi", "dimensions": 2])
      #expect(answer.status == 200 && answer.json["dimensions"] == 2)
      #expect(answer.text.contains("[[0.1,-2.5]]"), "\(answer.text)")
      #expect(answer.json["usage"]?["inputTokens"] == 3 && answer.json["cost"] == .number(0.000003))
      #expect(upstream.requests.first?.text == #"{"model":"m","input":["hi"],"dimensions":2}"#)
      let usage = try await site.get("/api/usage?group=agent,model").json["items"]?[0]
      #expect(usage?["agent"] == .null && usage?["model"] == "m" && usage?["calls"] == 1)
    }
  }

  static let wrong: [(body: JSON, status: Int, code: String)] = [
    (["provider": "openai", "model": "m"], 400, "missing_field"),
    (["provider": "openai", "model": "m", "input": []], 400, "invalid_field"),
    (["provider": "openai", "model": "m", "input": ["a", ""]], 400, "invalid_field"),
    (["provider": "openai", "model": "m", "input": ["a", 1]], 400, "invalid_field"),
    (["provider": "openai", "model": "m", "input": "a", "dimensions": 0], 400, "invalid_field"),
    (["provider": "openai", "model": "m", "input": "a", "purpose": "fun"], 400, "invalid_field"),
    (["provider": "openai", "model": "m", "input": "a", "inputs": 1], 400, "unknown_field"),
    (["provider": "nobody", "model": "m", "input": "a"], 400, "provider_unknown"),
    (["provider": "anthropic", "model": "m", "input": "a"], 400, "provider_unsupported"),
    (["provider": "openai", "model": "m", "input": "a"], 503, "provider_key_missing"),
  ]

  @Test func `what cannot be done is refused with its reason`() async throws {
    try await HubUnderTest.run { site in
      for (body, status, code) in Self.wrong {
        let answer = try await site.post("/api/embeddings", body)
        #expect(answer.status == status && answer.code == code, "\(body.text): \(answer.text)")
      }
    }
  }
}
