import Basics
import Model
import Providers
import Storage
import TestKit
import Testing

@testable import Pipelines

/// Answers that are kept for agents that want it, over a server that counts who asks it.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct CacheTests {
  private static func run(
    _ fixture: RunFixture, _ text: String = "hi", _ use: CacheUse = .use
  ) async throws -> Run {
    var invocation = Invocation(agent: fixture.agent, text: text)
    invocation.cache = use
    return try await fixture.runs.outcome(of: fixture.runs.invoke(invocation).id)
  }

  private static func answer(of run: Run, _ fixture: RunFixture) async throws -> Message? {
    try await fixture.messages(of: run).last { $0.type == .message && $0.role == .agent }
  }

  @Test
  func
    `S000-40 S001-21 S002-40 S003-47 the same question again is answered without asking, as a run like any other`()
    async throws
  {
    let upstream = try ScriptedUpstream { _ in Answer.whole("Hel", "lo ", "🦙") }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let first = try await Self.run(fixture)
    let second = try await Self.run(fixture)
    #expect(upstream.requests.count == 1)
    #expect(second.status == .completed && second.conversation != first.conversation)
    for run in [first, second] {
      #expect(
        try await Self.answer(of: run, fixture)?.text == "Hello 🦙" && fixture.shown(run.id) == "Hello 🦙")
      #expect(
        fixture.milestones(run.id) == [
          .messageCreated, .runQueued, .runStarted, .attemptStarted, .attemptCompleted, .messageCompleted,
          .runCompleted,
        ])
    }
    #expect(first.usage == UsageTests.told && first.cost?.picodollars == UsageTests.price)
    let saved = Usage(inputTokens: 0, outputTokens: 0, savedInputTokens: 12, savedOutputTokens: 5)
    #expect(second.usage == saved && second.cost == .zero)
    let attempt = try #require(try await fixture.attempts(of: second).first)
    #expect(attempt.source == .cache && attempt.key == nil && attempt.status == .completed)
    #expect(attempt.savedCost?.picodollars == UsageTests.price && !attempt.isUnpriced)
    await fixture.close()
  }

  @Test func `S000-40 S003-47 a hit is marked in its events and counted beside the calls`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, config: ["cache": ["ttlSeconds": 60]])
    for _ in 0..<3 { _ = try await Self.run(fixture) }
    let sum = try #require(try await fixture.usage().first)
    #expect(sum.calls == 1 && sum.cachedCalls == 2 && sum.joinedCalls == 0 && sum.unpricedCalls == 0)
    #expect(sum.cost.picodollars == UsageTests.price && sum.savedCost.picodollars == 2 * UsageTests.price)
    #expect(
      sum.usage.savedInputTokens == 24 && sum.usage.savedOutputTokens == 10 && sum.usage.inputTokens == 12)
    let ends = fixture.published.all.compactMap { event -> JSONObject? in
      if case .other(.attemptCompleted, let members) = event.body { members } else { nil }
    }
    #expect(ends.map { $0["cached"] } == [nil, true, true])
    #expect(ends.last?["cost"] == .number(0) && ends.last?["savedCost"] == .number(0.000032))
    #expect(ends.last?["usage"]?["savedInputTokens"] == 12)
    let kept = try await fixture.store.read {
      try $0.cachedAnswers.page(now: Timestamp(milliseconds: 0)).items
    }
    #expect(kept.map(\.hits) == [2] && kept.first?.model == "m" && kept.first?.provider == "openai")
    await fixture.close()
  }

  @Test func `an answer outlives the process, its server and its budget`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    _ = try await Self.run(fixture)
    await fixture.close(keepingFiles: true)
    upstream.stop()
    let later = try await RunFixture(upstream, path: fixture.path)
    _ = try await later.runs.setBudget(
      Budget(scope: .agent, subject: fixture.agent.text, period: .day, limit: Cost(picodollars: 1)))
    let run = try await later.runs.outcome(
      of: later.runs.invoke(Invocation(agent: fixture.agent, text: "hi")).id)
    #expect(run.status == .completed && run.cost == .zero)
    let other = try await later.runs.outcome(
      of: later.runs.invoke(Invocation(agent: fixture.agent, text: "ho")).id)
    #expect(other.status == .failed && other.error?.code == "budget_exhausted")
    await later.close()
  }

  @Test func `another question, another prompt and an agent that keeps nothing are asked`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    for text in ["hi", "ho"] { _ = try await Self.run(fixture, text) }
    #expect(upstream.requests.count == 2)
    try await Self.change(fixture) { $0["systemPrompt"] = "Be brief." }
    _ = try await Self.run(fixture)
    #expect(upstream.requests.count == 3)
    try await Self.change(fixture) { $0["systemPrompt"] = nil }
    _ = try await Self.run(fixture)
    #expect(upstream.requests.count == 3)
    try await Self.change(fixture) { $0["cache"] = nil }
    _ = try await Self.run(fixture)
    #expect(upstream.requests.count == 4)
    await fixture.close()
  }

  private static func change(
    _ fixture: RunFixture, _ body: @escaping @Sendable (inout JSONObject) -> Void
  ) async throws {
    let id = fixture.agent
    try await fixture.store.write { store in
      _ = try store.agents.update(id) { agent in
        var config = agent.config ?? [:]
        body(&config)
        agent.config = config
      }
    }
  }

  @Test func `a request may pass over what is kept, or renew it`() async throws {
    let count = Recorder<Int>()
    let upstream = try ScriptedUpstream { _ in
      count.record(1)
      return Answer.whole("answer \(count.all.count)")
    }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    var texts: [String] = []
    for use in [CacheUse.off, .use, .off, .use, .refresh, .use] {
      let run = try await Self.run(fixture, "hi", use)
      texts.append(try await Self.answer(of: run, fixture)?.text.replacing("answer ", with: "") ?? "")
      #expect(try await fixture.store.read { try $0.runs.get(run.id)?.cache } == use)
    }
    #expect(texts == ["1", "2", "3", "2", "4", "4"])
    await fixture.close()
  }

  @Test func `an answer that grows old is asked for again`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, config: ["cache": ["ttlSeconds": 1]])
    _ = try await Self.run(fixture)
    let clock = ContinuousClock()
    let end = clock.now + TimeLimit.patience(.seconds(10))
    while try await Self.run(fixture).cost == .zero, clock.now < end {
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(upstream.requests.count == 2)
    await fixture.close()
  }

  static let broken: [(name: String, answer: [ScriptedUpstream.Action])] = [
    ("cut", [Answer.head, Answer.piece("half"), .reset]),
    (
      "length",
      [
        Answer.head, Answer.piece("half"),
        .chunk(
          "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n"),
        .lastChunk,
      ]
    ),
    ("refused", Answer.refusal(400)),
    ("empty", [Answer.head] + Answer.finish),
  ]

  @Test(arguments: broken.indices)
  func `what is not a whole answer is not kept`(index: Int) async throws {
    let upstream = try ScriptedUpstream { _ in Self.broken[index].answer }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let first = try await Self.run(fixture)
    let asked = upstream.requests.count
    let second = try await Self.run(fixture)
    #expect(
      first.status == second.status && upstream.requests.count == 2 * asked, "\(Self.broken[index].name)")
    #expect(try await fixture.store.read { try $0.cachedAnswers.size().entries } == 0)
    await fixture.close()
  }

  @Test func `a stopped answer is not kept`() async throws {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("half"), .stall] }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let run = try await fixture.invoke("hi")
    try await fixture.waitForText("half", of: run.id)
    let stopped = try await fixture.runs.stop(run.id)
    #expect(stopped.status == .stopped && stopped.usage?.isEstimated == true && stopped.cost != nil)
    #expect(try await fixture.attempts(of: run).map(\.status) == [.stopped])
    #expect(try await fixture.usage().first?.calls == 1)
    #expect(await upstream.wait { $0.closedByPeer == 1 })
    #expect(try await fixture.store.read { try $0.cachedAnswers.size().entries } == 0)
    await fixture.close()
  }

  @Test func `a call of a tool is kept with the exact request that it answers`() async throws {
    let asks = """
      data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f",\
      "arguments":"{\\"a\\":1}"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n
      """
    let upstream = try ScriptedUpstream { _ in [Answer.head, .chunk(asks), ScriptedUpstream.Action.lastChunk]
    }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    let runs = [try await Self.run(fixture), try await Self.run(fixture)]
    #expect(upstream.requests.count == 1)
    for run in runs {
      let call = MessagePart(.toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a":1}"#)))
      #expect([MessagePart](json: try await Self.answer(of: run, fixture)?.parts) == [call])
    }
    await fixture.close()
  }

  @Test func `an answer of a fallback is kept as the fallback's, not as the agent's own`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.text.contains("\"first\"") ? Answer.refusal(404) : Answer.whole("second")
    }
    let fixture = try await RunFixture(
      upstream, config: ["cache": true, "fallbacks": [["provider": "openai", "model": "second"]]])
    try await fixture.store.write { store in _ = try store.agents.update(fixture.agent) { $0.model = "first" }
    }
    try await Self.change(fixture) { config in
      config["fallbacks"] = [
        ["provider": "openai", "model": "second", "baseUrl": config["baseUrl"] ?? .null]
      ]
    }
    for _ in 0..<2 { #expect(try await Self.run(fixture).status == .completed) }
    #expect(upstream.requests.count { $0.text.contains("\"second\"") } == 2)
    let kept = try await fixture.store.read {
      try $0.cachedAnswers.page(now: Timestamp(milliseconds: 0)).items
    }
    #expect(kept.map(\.model) == ["second"])
    try await fixture.store.write { store in
      _ = try store.agents.update(fixture.agent) { $0.model = "second" }
    }
    #expect(try await Self.run(fixture).cost == .zero)
    await fixture.close()
  }

  @Test func `what is forgotten is asked for again, also what is on its way`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { request in
      request.text.contains("slow")
        ? [Answer.head, Answer.piece("a"), .waitFor(gate)] + Answer.finish : Answer.whole("ok")
    }
    let fixture = try await RunFixture(upstream, config: ["cache": true])
    _ = try await Self.run(fixture)
    let slow = try await fixture.invoke("slow")
    try await fixture.waitForText("a", of: slow.id)
    #expect(try await fixture.runs.forgetAnswers(CachedAnswerSelection(agent: fixture.agent)) == 1)
    gate.open()
    _ = try await fixture.runs.outcome(of: slow.id)
    for text in ["hi", "slow"] { _ = try await Self.run(fixture, text) }
    #expect(upstream.requests.count == 4)
    await fixture.close()
  }
}
