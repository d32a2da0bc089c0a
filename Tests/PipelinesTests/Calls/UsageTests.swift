import Basics
import Model
import Providers
import Storage
import TestKit
import Testing

@testable import Pipelines

/// What runs take, however they end and whoever watches.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct UsageTests {
  /// What `Answer.finish` tells: 12 tokens in, 5 out.
  static let told = Usage(inputTokens: 12, outputTokens: 5)
  static let price: Int64 = 12 * 1_000_000 + 5 * 4_000_000

  private static func check(
    _ sum: UsageSum?, calls: Int64, unpriced: Int64 = 0, estimated: Int64 = 0, cost: Int64
  ) {
    #expect(sum?.calls == calls && sum?.unpricedCalls == unpriced && sum?.estimatedCalls == estimated)
    #expect(sum?.cost.picodollars == cost, "\(String(describing: sum))")
  }

  @Test func `a whole answer costs what it took, in its attempt, its run, its event and its day`()
    async throws
  {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    let run = try await fixture.outcome()
    #expect(run.usage == Self.told && run.cost?.picodollars == Self.price)
    #expect(try await fixture.attempts(of: run).map(\.cost) == [run.cost])
    Self.check(try await fixture.usage().first, calls: 1, cost: Self.price)
    let end = fixture.published.all.last { $0.type == .runCompleted }
    #expect(end?.body == .run(.completed, usage: Self.told, cost: run.cost, error: nil))
    let sum = try await fixture.store.read { try $0.runs.usage(of: run.conversation) }
    #expect(sum.runs == 1 && sum.cost == run.cost && sum.unpricedRuns == 0)
    await fixture.close()
  }

  @Test func `a model without a price costs nobody knows what`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") }, prices: .empty)
    let run = try await fixture.outcome()
    #expect(run.usage == Self.told && run.cost == nil)
    Self.check(try await fixture.usage().first, calls: 1, unpriced: 1, cost: 0)
    await fixture.close()
  }

  @Test func `a demo costs nothing, which is known`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in [] })
    let run = try await fixture.runs.outcome(
      of: fixture.runs.invoke(Invocation(agent: BuiltInAgents.demo.id, text: "hi")).id)
    #expect(run.cost == .zero && run.usage?.isEstimated == true)
    #expect(try await fixture.usage().isEmpty)
    await fixture.close()
  }

  @Test func `an answer that is stopped is counted roughly when nothing was told, after a restart too`()
    async throws
  {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("Half an answer."), .stall] }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.invoke("12345678")
    try await fixture.waitForText("answer.", of: run.id)
    let stopped = try await fixture.runs.stop(run.id)
    #expect(stopped.usage == Usage(inputTokens: 2, outputTokens: 4, isEstimated: true))
    #expect(stopped.cost?.picodollars == 18_000_000)
    await fixture.close(keepingFiles: true)
    let later = try await RunFixture(upstream, path: fixture.path)
    Self.check(try await later.usage().first, calls: 1, estimated: 1, cost: 18_000_000)
    #expect(try await later.store.read { try $0.runs.get(run.id) } == stopped)
    await later.close()
  }

  @Test func `what was told before a stop is kept, and more was written than that`() async throws {
    let start = """
      event: message_start\ndata: {"type":"message_start","message":{"id":"1","type":"message","role":"assistant",\
      "model":"m","content":[],"usage":{"input_tokens":25,"output_tokens":1}}}\n\n
      """
    let text = """
      event: content_block_start\ndata: {"type":"content_block_start","index":0,\
      "content_block":{"type":"text","text":""}}\n\n\
      event: content_block_delta\ndata: {"type":"content_block_delta","index":0,\
      "delta":{"type":"text_delta","text":"Twelve bytes"}}\n\n
      """
    let upstream = try ScriptedUpstream { _ in [Answer.head, .chunk(start), .chunk(text), .stall] }
    let fixture = try await RunFixture(upstream, provider: "anthropic", config: ["apiKey": "k"])
    let run = try await fixture.invoke("hi")
    try await fixture.waitForText("bytes", of: run.id)
    let stopped = try await fixture.runs.stop(run.id)
    #expect(stopped.usage == Usage(inputTokens: 25, outputTokens: 3, isEstimated: true))
    #expect(stopped.cost?.picodollars == 37_000_000)
    let last = try await fixture.messages(of: run).last
    #expect(last?.text == "Twelve bytes")
    await fixture.close()
  }

  @Test func `a hub that leaves counts what its runs took`() async throws {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("Half an answer."), .stall] }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.invoke("12345678")
    try await fixture.waitForText("answer.", of: run.id)
    await fixture.runs.drain()
    #expect(try await fixture.store.read { try $0.runs.get(run.id) }?.cost?.picodollars == 18_000_000)
    Self.check(try await fixture.usage().first, calls: 1, estimated: 1, cost: 18_000_000)
    await fixture.close()
  }

  @Test func `an answer that breaks off counts for its run, together with the tries before`() async throws {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("Half"), .reset] }
    let fixture = try await RunFixture(upstream)
    let run = try await fixture.outcome("1234")
    #expect(run.status == .failed && run.cost?.picodollars == 1_000_000 + 4_000_000)
    Self.check(try await fixture.usage().first, calls: 1, estimated: 1, cost: 5_000_000)
    await fixture.close()
  }

  @Test func `tries that were refused took nothing, and the answer after them costs what it took`()
    async throws
  {
    let keys = KeyRotationTests.keys(2)
    let upstream = try ScriptedUpstream { request in
      request.key == keys[0] ? Answer.refusal(429) : Answer.whole("ok")
    }
    let fixture = try await RunFixture(upstream, keys: keys)
    let run = try await fixture.outcome()
    #expect(run.cost?.picodollars == Self.price)
    Self.check(try await fixture.usage().first, calls: 2, cost: Self.price)
    #expect(try await fixture.usage(by: [.key]).map(\.calls) == [1, 1])
    await fixture.close()
  }

  @Test func `sums are those of the attempts, however many runs end at once`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    var runs: [Run] = []
    for _ in 0..<20 { runs.append(try await fixture.invoke("hi")) }
    var cost = Cost.zero
    for run in runs { cost = cost + (try await fixture.runs.outcome(of: run.id).cost ?? .zero) }
    #expect(cost.picodollars == 20 * Self.price)
    Self.check(try await fixture.usage().first, calls: 20, cost: cost.picodollars)
    await fixture.close()
  }
}
