import Basics
import Model
import Providers
import Storage
import TestKit
import Testing

@testable import Pipelines

/// Runs at the edge of what may be spent. A whole answer of the scripted server costs 32 millionths of a dollar.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BudgetTests {
  private static let answer = UsageTests.price

  private static func budget(_ scope: Budget.Scope, _ subject: String, _ picodollars: Int64) -> Budget {
    Budget(scope: scope, subject: subject, period: .month, limit: Cost(picodollars: picodollars))
  }

  @Test(arguments: [Budget.Scope.agent, .tenant])
  func `a spent budget lets no further call begin, tells once, and outlives a restart`(
    scope: Budget.Scope
  ) async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream)
    let subject = scope == .agent ? fixture.agent.text : "default"
    _ = try await fixture.runs.setBudget(Self.budget(scope, subject, 2 * Self.answer))
    for _ in 0..<2 { #expect(try await fixture.outcome().status == .completed) }
    for _ in 0..<2 {
      let refused = try await fixture.outcome()
      #expect(refused.status == .failed && refused.error?.code == "budget_exhausted", "\(refused)")
      #expect(refused.error?.message.contains("is spent") == true)
      let end = fixture.runs.gate.now().day.firstOfNextMonth.text
      #expect(refused.error?.hint?.contains("anew at \(end)T00:00:00.000Z") == true)
      #expect(try await fixture.attempts(of: refused).isEmpty)
    }
    #expect(upstream.requests.count == 2)
    let told = fixture.published.all.filter { $0.type == .budgetReached }
    #expect(told.count == 1 && told.first?.run != nil)
    #expect(fixture.runs.gate.condition(of: "openai").callsInFlight == 0)
    await fixture.close(keepingFiles: true)

    let later = try await RunFixture(upstream, path: fixture.path)
    var invocation = Invocation(agent: fixture.agent, text: "hi")
    invocation.key = "later"
    let refused = try await later.runs.outcome(of: later.runs.invoke(invocation).id)
    #expect(refused.error?.code == "budget_exhausted")
    let standings = try await later.runs.budgets()
    #expect(standings.map(\.spent.picodollars) == [2 * Self.answer] && standings.map(\.isReached) == [true])
    try await later.runs.removeBudget(scope, subject, .month)
    #expect(try await later.runs.budgets().isEmpty)
    invocation.key = "last"
    #expect(try await later.runs.outcome(of: later.runs.invoke(invocation).id).status == .completed)
    await later.close()
  }

  @Test func `of two runs at a budget's edge the second one sees the first`() async throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _ in
      [Answer.head, Answer.piece("x"), .waitFor(gate)] + Answer.finish
    }
    let fixture = try await RunFixture(upstream, config: ["maxTokens": 100])
    let budget = Self.budget(.agent, fixture.agent.text, Self.answer + 1)
    _ = try await fixture.runs.setBudget(budget)
    let first = try await fixture.invoke("hi")
    try await fixture.waitForText("x", of: first.id)
    let second = try await fixture.outcome()
    #expect(second.error?.code == "budget_exhausted")
    #expect(second.error?.message.contains("held by calls under way") == true)
    gate.open()
    #expect(try await fixture.runs.outcome(of: first.id).cost?.picodollars == Self.answer)
    // One millionth of a millionth is left, so one more may begin.
    #expect(try await fixture.outcome().status == .completed)
    #expect(try await fixture.outcome().error?.message.contains("is spent") == true)
    #expect(upstream.requests.count == 2)
    await fixture.close()
  }

  @Test func `many runs at once spend no more than a budget and one call`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, config: ["maxTokens": 8])
    _ = try await fixture.runs.setBudget(Self.budget(.tenant, "default", 3 * Self.answer))
    var runs: [Run] = []
    for _ in 0..<12 { runs.append(try await fixture.invoke("hi")) }
    for run in runs { _ = try await fixture.runs.outcome(of: run.id) }
    let spent = try await fixture.runs.budgets().first?.spent.picodollars ?? 0
    #expect(spent >= Self.answer && spent <= 4 * Self.answer, "\(spent)")
    #expect(Int64(upstream.requests.count) * Self.answer == spent)
    await fixture.close()
  }

  @Test func `an answer that is stopped counts for its budget`() async throws {
    let upstream = try ScriptedUpstream { _ in [Answer.head, Answer.piece("Half an answer."), .stall] }
    let fixture = try await RunFixture(upstream)
    _ = try await fixture.runs.setBudget(Self.budget(.agent, fixture.agent.text, 18_000_000))
    let run = try await fixture.invoke("12345678")
    try await fixture.waitForText("answer.", of: run.id)
    _ = try await fixture.runs.stop(run.id)
    #expect(fixture.milestones(run.id).contains(.budgetReached))
    #expect(try await fixture.outcome().error?.code == "budget_exhausted")
    await fixture.close()
  }

  @Test func `a key whose budget is spent rests, and the other one goes on`() async throws {
    let keys = KeyRotationTests.keys(2)
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, keys: keys)
    let first = try #require(fixture.runs.gate.keys.first?.id)
    _ = try await fixture.runs.setBudget(Self.budget(.key, first, Self.answer))
    for _ in 0..<4 { #expect(try await fixture.outcome().status == .completed) }
    #expect(upstream.requests.count { $0.key == keys[0] } == 1)
    let key = fixture.runs.gate.keys.first { $0.id == first }
    #expect(
      key?.state.condition == .exhausted && key?.state.lastFailure?.contains("budget of the key") == true)
    #expect(key?.state.until?.day == fixture.runs.gate.now().day.firstOfNextMonth)
    _ = try await fixture.runs.setBudget(Self.budget(.key, first, 100 * Self.answer))
    for _ in 0..<2 { #expect(try await fixture.outcome().status == .completed) }
    #expect(upstream.requests.count { $0.key == keys[0] } == 2)
    await fixture.close()
  }

  @Test func `the only key's spent budget is told as such`() async throws {
    let upstream = try ScriptedUpstream { _ in Answer.whole("ok") }
    let fixture = try await RunFixture(upstream, keys: KeyRotationTests.keys(1))
    let key = try #require(fixture.runs.gate.keys.first?.id)
    _ = try await fixture.runs.setBudget(Self.budget(.key, key, 0))
    #expect(try await fixture.outcome().error?.code == "budget_exhausted")
    let again = try await fixture.outcome()
    #expect(again.error?.code == "provider_keys_exhausted")
    #expect(again.error?.message.contains("budget of the key") == true)
    #expect(upstream.requests.isEmpty)
    await fixture.close()
  }

  @Test func `a model without a price is counted, and not limited`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") }, prices: .empty)
    _ = try await fixture.runs.setBudget(Self.budget(.agent, fixture.agent.text, 1))
    for _ in 0..<2 { #expect(try await fixture.outcome().status == .completed) }
    let standing = try await fixture.runs.budgets().first
    #expect(standing?.spent == .zero && standing?.unpricedCalls == 2)
    await fixture.close()
  }

  @Test func `what was spent before a budget was set counts, in its period only`() async throws {
    let fixture = try await RunFixture(try ScriptedUpstream { _ in Answer.whole("ok") })
    _ = try await fixture.outcome()
    let day = fixture.runs.gate.now().day
    let budget = Budget(
      scope: .agent, subject: fixture.agent.text, period: .day, limit: Cost(picodollars: Self.answer))
    let set = try await fixture.runs.setBudget(budget)
    #expect(set.spent.picodollars == Self.answer && set.until == day.advanced(by: 1).start)
    #expect(try await fixture.outcome().error?.code == "budget_exhausted")
    let tomorrow = try await fixture.store.read { try $0.budgets.standing(budget, on: day.advanced(by: 1)) }
    #expect(tomorrow.spent == .zero && !tomorrow.isReached)
    await fixture.close()
  }
}
