import Basics
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct CacheRoutesTests {
  private static func makeAgent(
    _ site: HubUnderTest, _ upstream: ScriptedUpstream, _ name: String = "Keeper", model: String = "m"
  ) async throws -> String {
    let answer = try await site.post(
      "/api/agents",
      [
        "name": .string(name), "provider": "openai", "model": .string(model),
        "config": ["baseUrl": .string(upstream.url + "/v1"), "cache": ["ttlSeconds": 600]],
      ])
    return try #require(answer.json["id"]?.string, "\(answer.text)")
  }

  @Test func `what is kept is listed with its hits, and forgotten by agent, model and name`() async throws {
    let upstream = try ScriptedUpstream { _ in Script.whole("ok") }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await Self.makeAgent(site, upstream)
      let other = try await Self.makeAgent(site, upstream, "Other", model: "n")
      for _ in 0..<3 { #expect(try await site.invoke(agent, "hi").json["response"] == "ok") }
      _ = try await site.invoke(other, "hi")
      #expect(upstream.requests.count == 2)
      try await eventually("the hits are counted") {
        try await site.get("/api/cache?agent=\(agent)").json["items"]?[0]?["hits"] == 2
      }
      let list = try await site.get("/api/cache")
      #expect(list.status == 200 && list.json["entries"] == 2 && list.json["limit"] == 67_108_864)
      let items = list.json["items"]?.array ?? []
      #expect(items.map { $0["model"] } == ["n", "m"] && items.last?["usage"]?["inputTokens"] == 12)
      #expect(items.last?["cost"] == .number(0.000032) && items.last?["lastHitAt"]?.string != nil)
      #expect(!list.text.contains("ok\""))
      #expect(
        try await site.get("/api/cache?model=n&provider=openai-compatible").json["items"]?.array?.count == 1)
      let gone = try await site.send("DELETE", "/api/cache?agent=\(agent)")
      #expect(gone.status == 200 && gone.json["deleted"] == 1)
      _ = try await site.invoke(agent, "hi")
      #expect(upstream.requests.count == 3)
      let name = try #require(
        try await site.get("/api/cache?agent=\(agent)").json["items"]?[0]?["id"]?.string)
      #expect(try await site.send("DELETE", "/api/cache/\(name)").status == 204)
      #expect(try await site.send("DELETE", "/api/cache/\(name)").code == "answer_not_found")
      #expect(try await site.send("DELETE", "/api/cache").json["deleted"] == 1)
      #expect(try await site.get("/api/cache").json["bytes"] == 0)
    }
  }

  @Test func `a hit is told in attempts and usage, and a request may pass over it`() async throws {
    let upstream = try ScriptedUpstream { _ in Script.whole("ok") }
    defer { upstream.stop() }
    try await HubUnderTest.run { site in
      let agent = try await Self.makeAgent(site, upstream)
      _ = try await site.invoke(agent, "hi")
      let hit = try await site.invoke(agent, "hi", ["cache": "use"])
      let run = try #require(hit.json["runId"]?.string)
      let attempt = try await site.get("/api/runs/\(run)/attempts").json["items"]?[0]
      #expect(attempt?["cached"] == true && attempt?["cost"]?.number == 0 && attempt?["keyIndex"] == .null)
      #expect(attempt?["savedCost"] == .number(0.000032) && attempt?["usage"]?["savedOutputTokens"] == 5)
      _ = try await site.invoke(agent, "hi", ["cache": "off"])
      _ = try await site.invoke(agent, "hi", ["cache": "refresh"])
      #expect(upstream.requests.count == 3)
      let total = try await site.get("/api/usage").json["total"]
      #expect(total?["calls"] == 3 && total?["cachedCalls"] == 1 && total?["savedCost"] == .number(0.000032))
      let wrong = try await site.invoke(agent, "hi", ["cache": "maybe"])
      #expect(wrong.status == 400 && wrong.error?.contains("use, refresh, off") == true)
    }
  }

  static let wrong: [(path: String, status: Int, code: String)] = [
    ("/api/cache?agnet=a", 400, "invalid_query"), ("/api/cache?before=5", 400, "invalid_query"),
    ("/api/cache?after=x", 400, "invalid_query"), ("/api/cache?provider=nobody", 400, "provider_unknown"),
  ]

  @Test func `a query that cannot be meant is refused`() async throws {
    try await HubUnderTest.run { site in
      for (path, status, code) in Self.wrong {
        let answer = try await site.get(path)
        #expect(answer.status == status && answer.code == code, "\(path): \(answer.text)")
      }
      #expect(try await site.send("DELETE", "/api/cache?agnet=a").code == "invalid_query")
    }
  }

  static let configs: [(config: JSON, isTaken: Bool)] = [
    (["cache": true], true), (["cache": false], true), (["cache": nil], true), (["cache": [:]], true),
    (["cache": ["ttlSeconds": 1]], true), (["cache": ["ttlSeconds": 0]], false), (["cache": 5], false),
    (["cache": ["ttl": 5]], false), (["cache": ["ttlSecond": 5]], false), (["joinCalls": true], true),
    (["joinCalls": "yes"], false),
  ]

  @Test func `an agent's wishes are checked`() async throws {
    try await HubUnderTest.run { site in
      for (config, isTaken) in Self.configs {
        let answer = try await site.post(
          "/api/agents", ["name": "A", "provider": "openai", "model": "m", "config": config])
        #expect((answer.status == 201) == isTaken, "\(config.text): \(answer.text)")
      }
    }
  }
}
