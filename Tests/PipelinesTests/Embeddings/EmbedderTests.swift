import Basics
import Model
import Providers
import Storage
import TestKit
import Testing

@testable import Pipelines

/// Vectors through the gate, over a scripted server that answers each text with its number.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct EmbedderTests {
  private static func vectors(_ request: ScriptedUpstream.Request) -> [ScriptedUpstream.Action] {
    let inputs = (try? JSON.parse(request.body))?["input"]?.array ?? []
    let rows = inputs.enumerated().map { index, text in
      #"{"index":\#(index),"embedding":[\#(text.string ?? "0"),1]}"#
    }
    return [
      .response(#"{"data":[\#(rows.joined(separator: ","))],"usage":{"prompt_tokens":\#(inputs.count)}}"#)
    ]
  }

  private static func call(_ count: Int = 2) -> EmbeddingCall {
    EmbeddingCall(provider: "openai", model: "m", texts: (0..<count).map { "\($0)" })
  }

  @Test func `many texts go in several requests with turns of keys, and each is counted once`() async throws {
    let keys = KeyRotationTests.keys(2)
    let upstream = try ScriptedUpstream { Self.vectors($0) }
    let fixture = try await RunFixture(upstream, keys: keys)
    let answer = try await fixture.runs.embedder.embed(Self.call(1100), for: fixture.agent)
    #expect(answer.vectors == (0..<1100).map { [Float($0), 1] })
    #expect(answer.usage == Usage(inputTokens: 1100, outputTokens: 0))
    #expect(answer.cost == Cost(picodollars: 1_100_000_000))
    #expect(upstream.requests.count == 5 && Set(upstream.requests.map(\.key)) == Set(keys))
    let sum = try await fixture.usage(by: [.agent])
    #expect(sum.map(\.calls) == [5] && sum.first?.cost == answer.cost && sum.first?.agent == fixture.agent)
    let attempts = try await fixture.store.read { try $0.attempts.ofRun(answer.id) }
    #expect(attempts.count == 5 && attempts.allSatisfy { $0.status == .completed && $0.key != nil })
    #expect(attempts.map(\.number) == [1, 2, 3, 4, 5])
    #expect(fixture.runs.gate.condition(of: "openai").callsInFlight == 0)
    #expect(fixture.published.all.allSatisfy { $0.run == nil })
    await fixture.close()
  }

  @Test func `a key that is refused leaves the request to the next one, and rests for answers, too`()
    async throws
  {
    let keys = KeyRotationTests.keys(2)
    let upstream = try ScriptedUpstream { request in
      request.key == keys[0] ? Answer.refusal(401) : Self.vectors(request)
    }
    let fixture = try await RunFixture(upstream, keys: keys)
    let first = try await fixture.runs.embedder.embed(Self.call())
    _ = try await fixture.runs.embedder.embed(Self.call())
    #expect(upstream.requests.map(\.key) == [keys[0], keys[1], keys[1]])
    #expect(fixture.runs.gate.keys.map(\.state.condition) == [.invalid, .healthy])
    let attempts = try await fixture.store.read { try $0.attempts.ofRun(first.id) }
    #expect(attempts.map(\.status) == [.failed, .completed] && attempts.map(\.httpStatus) == [401, nil])
    #expect(try await fixture.usage(by: [.agent]).map(\.agent) == [Identifier("")])
    await fixture.close()
  }

  @Test func `a server that fails is asked again, and a wrong request is not`() async throws {
    let count = Recorder<Int>()
    let upstream = try ScriptedUpstream { request in
      count.record(1)
      if request.text.contains("\"7\"") { return Answer.refusal(400) }
      return count.all.count == 1 ? Answer.refusal(503) : Self.vectors(request)
    }
    var limits = ProviderGate.Limits()
    limits.policy.pause = .milliseconds(1)
    let fixture = try await RunFixture(upstream, keys: KeyRotationTests.keys(1), limits: limits)
    #expect(try await fixture.runs.embedder.embed(Self.call()).vectors == [[0, 1], [1, 1]])
    #expect(count.all.count == 2)
    await #expect(throws: ProviderError.self) {
      try await fixture.runs.embedder.embed(
        EmbeddingCall(provider: "openai", model: "m", texts: ["7"]))
    }
    #expect(count.all.count == 3)
    await fixture.close()
  }

  @Test func `one request that fails ends the whole, and the others are counted or stopped`() async throws {
    let upstream = try ScriptedUpstream { request in
      request.text.contains("\"300\"") ? Answer.refusal(400) : Self.vectors(request)
    }
    let fixture = try await RunFixture(upstream, keys: KeyRotationTests.keys(1))
    await #expect(throws: ProviderError.self) {
      try await fixture.runs.embedder.embed(Self.call(2000))
    }
    // Sums are made as tries end.
    #expect(try await fixture.usage().first?.calls ?? 0 >= Int64(upstream.requests.count))
    #expect(fixture.runs.gate.condition(of: "openai").callsInFlight == 0)
    await fixture.close()
  }

  @Test func `a spent budget lets no request begin, and answers count for it`() async throws {
    let upstream = try ScriptedUpstream { Self.vectors($0) }
    let fixture = try await RunFixture(upstream, keys: KeyRotationTests.keys(1))
    _ = try await fixture.runs.setBudget(
      Budget(
        scope: .agent, subject: fixture.agent.text, period: .day, limit: Cost(picodollars: 2_000_000)))
    _ = try await fixture.runs.embedder.embed(Self.call(2), for: fixture.agent)
    do {
      _ = try await fixture.runs.embedder.embed(Self.call(1), for: fixture.agent)
      Issue.record("the budget was spent")
    } catch {
      #expect((error as? any CodedError)?.code == "budget_exhausted")
    }
    #expect(try await fixture.runs.embedder.embed(Self.call(1)).vectors.count == 1)
    #expect(upstream.requests.count == 2)
    await fixture.close()
  }

  @Test func `tokens that a provider does not tell are counted roughly`() async throws {
    let upstream = try ScriptedUpstream { _ in [.response(#"{"data":[{"embedding":[1]}]}"#)] }
    let fixture = try await RunFixture(upstream, keys: KeyRotationTests.keys(1))
    let answer = try await fixture.runs.embedder.embed(
      EmbeddingCall(provider: "openai", model: "m", texts: ["123456789"]))
    #expect(answer.usage == Usage(inputTokens: 3, outputTokens: 0, isEstimated: true))
    #expect(try await fixture.usage().first?.estimatedCalls == 1)
    await fixture.close()
  }

  @Test func `no text needs no request`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in [] })
    let answer = try await fixture.runs.embedder.embed(Self.call(0))
    #expect(answer.vectors.isEmpty && answer.cost == .zero)
    await fixture.close()
  }
}
