import Basics
import Model
import Testing

struct AttemptTests {
  private static func attempt(
    _ usage: Usage?, _ cost: Int64?, seen: Bool = false, _ status: Attempt.Status = .completed
  ) -> Attempt {
    var attempt = Attempt(
      run: Identifier("r"), number: 1, agent: Identifier("a"), agentVersion: 1, provider: "p", model: "m",
      status: status, startedAt: Timestamp(milliseconds: 1))
    attempt.usage = usage
    attempt.cost = cost.map { Cost(picodollars: $0) }
    attempt.answeredAt = seen ? Timestamp(milliseconds: 2) : nil
    return attempt
  }

  private static let usage = Usage(inputTokens: 3, outputTokens: 2, cachedTokens: 1)

  @Test func `a run's bill is that of its tries, and none when one of them is not known`() {
    let refused = Self.attempt(nil, nil, .failed)
    let paid = Self.attempt(Self.usage, 7, seen: true)
    #expect([Attempt]().usage == nil && [Attempt]().cost == nil)
    #expect([refused].usage == nil && [refused].cost == nil && !refused.isUnpriced)
    #expect([refused, paid, paid].cost?.picodollars == 14)
    #expect([refused, paid, paid].usage == Usage(inputTokens: 6, outputTokens: 4, cachedTokens: 2))
    for unknown in [
      Self.attempt(Self.usage, nil), Self.attempt(nil, nil, seen: true), Self.attempt(nil, nil, .interrupted),
      Self.attempt(nil, nil, .stopped),
    ] {
      #expect(unknown.isUnpriced && [paid, unknown].cost == nil && [paid, unknown].usage != nil)
    }
  }

  @Test func `rough tokens make a rough sum, and no sum overflows`() {
    var rough = Usage(inputTokens: .max, outputTokens: 1)
    rough.isEstimated = true
    let sum = Self.usage + rough
    #expect(sum.isEstimated && sum.inputTokens == .max && sum.outputTokens == 3)
    #expect(Usage(json: sum.json) == sum && sum.json["estimated"] == true)
    #expect(Self.usage.json["estimated"] == nil && Usage(json: Self.usage.json) == Self.usage)
  }

  @Test func `a budget's period is the calendar's`() throws {
    let day = try #require(Day("2026-12-31"))
    #expect(Budget.Period.day.begin(of: day) == day && Budget.Period.day.end(of: day).text == "2027-01-01")
    #expect(Budget.Period.month.begin(of: day).text == "2026-12-01")
    #expect(Budget.Period.month.end(of: day).text == "2027-01-01")
    #expect(Budget.Period.month.end(of: try #require(Day("2028-02-01"))).text == "2028-03-01")
  }
}
