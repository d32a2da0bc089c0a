import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct UsageRoutesTests {
  /// Two calls on 2026-11-20, one of them of unknown cost, and one on the day after.
  private static func fill(_ site: HubUnderTest) async throws {
    try await site.store.write { store in
      for (number, day, model, cost) in [
        (1, "2026-11-20", "m", 1_500_000), (2, "2026-11-20", "n", nil), (3, "2026-11-21", "m", 1_500_000),
      ]
        as [(Int, String, String, Int64?)]
      {
        var attempt = Attempt(
          run: Identifier("r"), number: number, agent: Identifier("a"), agentVersion: 1, provider: "openai",
          model: model, status: .completed, startedAt: Day(day)?.start ?? store.now)
        attempt.finishedAt = attempt.startedAt
        attempt.usage = Usage(inputTokens: 10, outputTokens: 5)
        attempt.cost = cost.map { Cost(picodollars: $0) }
        try store.usage.add(attempt)
      }
    }
  }

  @Test func `S002-35 usage is summed by day and model, with a total`() async throws {
    try await HubUnderTest.run { site in
      try await Self.fill(site)
      let answer = try await site.get("/api/usage?from=2026-11-01&to=2026-11-30&group=day,model")
      #expect(
        answer.status == 200 && answer.json["from"] == "2026-11-01" && answer.json["to"] == "2026-11-30")
      #expect(answer.json["group"] == ["day", "model"] && answer.json["next"] == .null)
      let items = answer.json["items"]?.array ?? []
      #expect(items.map { $0["day"] } == ["2026-11-20", "2026-11-20", "2026-11-21"])
      #expect(items.map { $0["model"] } == ["m", "n", "m"] && items.map { $0["agent"] } == [nil, nil, nil])
      #expect(items.map { $0["cost"] } == [.number(0.0000015), .null, .number(0.0000015)])
      #expect(items.map { $0["unpricedCalls"] } == [0, 1, 0])
      let total = answer.json["total"]
      #expect(total?["calls"] == 3 && total?["inputTokens"] == 30 && total?["cost"] == .number(0.000003))
      #expect(total?["unpricedCalls"] == 1 && total?["estimatedCalls"] == 0)
      let one = try await site.get(
        "/api/usage?from=2026-11-21&to=2026-11-21&provider=openai-compatible&model=m")
      #expect(one.json["items"]?.array?.map { $0["calls"] } == [1])
      let none = try await site.get("/api/usage?from=2025-01-01&to=2025-01-31&group=day")
      #expect(none.json["items"] == [] && none.json["total"]?["cost"] == .number(0))
    }
  }

  static let wrong: [(query: String, code: String, says: String)] = [
    ("from=yesterday", "invalid_query", "from must be a day like"),
    ("to=2026-02-30", "invalid_query", "to must be a day like"),
    ("from=2026-11-22&to=2026-11-21", "invalid_query", "not after to"),
    ("from=1990-01-01&to=2026-11-21", "invalid_query", "at most 3660 days"),
    ("group=dya", "invalid_query", "not dya"), ("group=day,", "", ""), ("group=day,day", "", ""),
    ("groupe=day", "invalid_query", "no query parameter groupe"),
    ("group=day&group=day", "invalid_query", "more than once"),
    ("provider=nobody", "provider_unknown", "nobody"),
  ]

  @Test(arguments: wrong)
  func `a query that cannot be meant is refused with what to write`(
    query: String, code: String, says: String
  ) async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.get("/api/usage?\(query)")
      guard !code.isEmpty else {
        #expect(answer.status == 200 && answer.json["group"] == ["day"])
        return
      }
      #expect(
        answer.status == 400 && answer.code == code && answer.error?.contains(says) == true, "\(answer.text)")
    }
  }

  @Test func `S003-33 a conversation tells what it took, and a run what it cost`() async throws {
    let upstream = try ScriptedUpstream { _ in Script.whole("ok") }
    try await HubUnderTest.run { site in
      let agent = try await site.makeAgent(asking: upstream)
      let invoked = try await site.invoke(agent, "hi")
      #expect(invoked.json.object?.names == ["success", "response", "conversationId", "messageId", "runId"])
      let conversation = try #require(invoked.json["conversationId"]?.string)
      _ = try await site.invoke(agent, "again", ["conversationId": .string(conversation)])
      let sum = try await site.get("/api/conversations/\(conversation)/usage").json
      #expect(sum["runs"] == 2 && sum["inputTokens"] == 24 && sum["outputTokens"] == 10)
      #expect(sum["cost"] == .number(0.000064) && sum["unpricedRuns"] == 0)
      let run = try await site.get("/api/runs/\(invoked.json["runId"]?.string ?? "")").json
      #expect(run["cost"] == .number(0.000032) && run["usage"]?["inputTokens"] == 12)
      let attempts = try await site.get("/api/runs/\(invoked.json["runId"]?.string ?? "")/attempts").json
      #expect(attempts["items"]?[0]?["cost"] == .number(0.000032))
      #expect(try await site.get("/api/conversations/none/usage").code == "conversation_not_found")
      let today = try await site.get("/api/usage?group=agent,agentVersion,user").json["items"]?[0]
      #expect(today?["agent"] == .string(agent) && today?["agentVersion"] == 1 && today?["user"] == "default")
    }
  }
}
