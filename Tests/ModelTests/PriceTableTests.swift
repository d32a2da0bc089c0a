import Basics
import TestKit
import Testing

@testable import Model

struct PriceTableTests {
  static let patterns: [(name: String, pattern: String, fits: Bool)] = [
    ("gpt-4o", "gpt-4o", true), ("gpt-4o-mini", "gpt-4o", false), ("gpt-4o-2024-08-06", "gpt-4o-2*", true),
    ("gpt-4o-mini-2024", "gpt-4o-2*", false), ("anything", "*", true), ("", "*", true), ("a", "a*a", false),
    ("aa", "a*a", true), ("us.nova-lite-v1:0", "*nova*v1*", true), ("us.nova-lite", "*nova*v1*", false),
    ("abcabc", "*abc", true), ("xabcy", "*abc", false), ("aXbXc", "a*b*c", true), ("acb", "a*b*c", false),
    ("né*", "né*", true), ("🦙-3", "🦙*", true),
  ]

  @Test(arguments: patterns)
  func `a pattern's pieces come in order, its ends at the ends`(name: String, pattern: String, fits: Bool) {
    #expect(PriceTable.fits(name, pattern) == fits)
  }

  static let table = PriceTable(
    date: "2026-11-21",
    rows: [
      PriceTable.Row(
        provider: "openai", server: "api.openai.com", models: ["m"], above: 1000,
        price: Price(input: 20, output: 40)),
      PriceTable.Row(
        provider: "openai", server: "api.openai.com", models: ["m"],
        price: Price(input: 10, output: 30, cachedRead: 1, cacheWrite: 12, reasoning: 35)),
    ])

  private static func cost(_ usage: Usage, _ model: String = "m", at server: String? = "api.openai.com")
    -> Int64?
  {
    table.cost(of: usage, provider: "openai", model: model, server: server)?.picodollars
  }

  @Test func `every kind of token has its price, exactly`() {
    let usage = Usage(
      inputTokens: 1000, outputTokens: 100, cachedTokens: 300, cacheWriteTokens: 200, reasoningTokens: 40)
    #expect(Self.cost(usage) == Int64(10_900))
    #expect(Self.cost(usage, "M") == Self.cost(usage))
  }

  @Test func `S002-29 the delivered prices reproduce the cost model of the customer service`() throws {
    let text = try #require(Repository.text(of: "Prices/prices.json"))
    let prices = try PriceTable(json: try JSON.parse(text))
    func dollars(of usage: Usage, _ provider: String, _ model: String, at server: String?) throws -> Double {
      let cost = try #require(prices.cost(of: usage, provider: provider, model: model, server: server))
      return Double(cost.picodollars * 10_000) / 1e12
    }
    let routing = Usage(inputTokens: 200, outputTokens: 50)
    let work = Usage(inputTokens: 500, outputTokens: 300)
    let nova = try dollars(of: routing, "bedrock", "us.amazon.nova-lite-v1:0", at: nil)
    let mini = try dollars(of: routing, "openai", "gpt-4o-mini", at: "api.openai.com")
    let worker = try dollars(of: work, "openai", "gpt-4o-mini", at: "api.openai.com")
    #expect(nova == 0.24 && mini == 0.60 && worker == 2.55)
    #expect(nova + worker == 2.79 && mini + worker == 3.15)
    #expect(((mini - nova) * 100).rounded() == 36 && ((mini - nova) / (mini + worker) * 100).rounded() == 11)
  }

  @Test func `a long question has its own price`() {
    #expect(Self.cost(Usage(inputTokens: 1000, outputTokens: 0)) == 10_000)
    #expect(Self.cost(Usage(inputTokens: 1001, outputTokens: 1)) == 20_060)
  }

  @Test func `who is not in the table costs nobody knows what`() {
    let usage = Usage(inputTokens: 1, outputTokens: 1)
    #expect(Self.cost(usage, "other") == nil && Self.cost(usage, at: "127.0.0.1") == nil)
    #expect(Self.cost(usage, at: nil) == nil)
    #expect(Self.table.cost(of: usage, provider: "bytez", model: "m", server: "api.openai.com") == nil)
  }

  @Test func `more cached or thought tokens than there are count as far as there are`() {
    let usage = Usage(
      inputTokens: 10, outputTokens: 5, cachedTokens: 99, cacheWriteTokens: 99, reasoningTokens: 99)
    #expect(Self.cost(usage) == 185)
  }

  @Test(arguments: [Int.max, Int.min, -1, Price.mostTokens + 1])
  func `counts that no call can have cost nobody knows what`(count: Int) {
    let prices = Price(input: Price.highest, output: Price.highest)
    #expect(prices.cost(of: Usage(inputTokens: count, outputTokens: 0)) == nil)
    #expect(prices.cost(of: Usage(inputTokens: 0, outputTokens: 0, reasoningTokens: count)) == nil)
    let most = Usage(inputTokens: Price.mostTokens, outputTokens: Price.mostTokens)
    #expect(prices.cost(of: most)?.picodollars == 2_000_000_000_000_000_000)
  }

  @Test func `costs add up without rounding, and stop where numbers end`() {
    let tenth = Cost(picodollars: 100_000_000_000)
    #expect((0..<30).reduce(Cost.zero) { sum, _ in sum + tenth } == Cost(picodollars: 3_000_000_000_000))
    #expect(Cost(picodollars: .max) + tenth == Cost(picodollars: .max))
    #expect(Cost(json: Cost(picodollars: 4_650_001).json) == Cost(picodollars: 4_650_001))
    #expect(Cost(json: -1) == nil && Cost(json: "1") == nil && Cost(json: 1e30) == nil)
  }

  static let wrong: [(json: String, says: String)] = [
    ("{}", "date"), (#"{"date":"21.11.2026","prices":[]}"#, "date"),
    (#"{"date":"2026-02-30","prices":[]}"#, "date"),
    (#"{"date":"2026-11-21"}"#, "list of prices"), (row("{}"), "prices[0] has no provider"),
    (row(#"{"provider":"p"}"#), "no models"), (row(#"{"provider":"p","models":[]}"#), "no models"),
    (row(#"{"provider":"p","models":["m",1]}"#), "no models"),
    (row(#"{"provider":"p","models":["m"],"input":1,"output":1}"#), "no source"),
    (row(#"{"provider":"p","models":["m"],"source":"s","input":1}"#), "no output"),
    (
      row(#"{"provider":"p","models":["m"],"source":"s","input":0.15,"output":1}"#),
      "input that is not a whole"
    ),
    (
      row(#"{"provider":"p","models":["m"],"source":"s","input":-1,"output":1}"#), "input that is not a whole"
    ),
    (
      row(#"{"provider":"p","models":["m"],"source":"s","input":1000000001,"output":1}"#), "input that is not"
    ),
    (row(#"{"provider":"p","models":["m"],"source":"s","input":1,"output":1,"cached":1}"#), "has a cached"),
  ]

  private static func row(_ json: String) -> String { #"{"date":"2026-11-21","prices":[\#(json)]}"# }

  @Test(arguments: wrong)
  func `a table that is wrong anywhere is refused with the place`(json: String, says: String) throws {
    let json = try JSON.parse(json)
    let error = #expect(throws: PriceTableError.self) { try PriceTable(json: json) }
    #expect(error?.message.contains(says) == true, "\(String(describing: error))")
  }
}

struct DayTests {
  @Test(
    arguments: [
      ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2026-11-21", 20_778),
      ("2100-03-01", 47_541),
    ])
  func `a day is its number`(text: String, number: Int64) {
    #expect(Day(text)?.number == number && Day(number: number).text == text)
    #expect(Day(number: number).start.day == Day(number: number))
  }

  @Test(
    arguments: [
      "", "2026-11-31", "2026-13-01", "2026-00-10", "2026-1-1", "2026-11-21T00:00", "+026-11-21",
      "2026-11-2x",
      "2100-02-29",
    ])
  func `what is no day is refused`(text: String) { #expect(Day(text) == nil) }

  @Test func `months begin and end where the calendar says, over centuries`() {
    for number in Int64(-30_000)..<60_000 {
      let day = Day(number: number)
      #expect(Day(day.text) == day)
      guard day.firstOfMonth <= day, day < day.firstOfNextMonth, day.firstOfMonth.text.hasSuffix("-01"),
        day.firstOfNextMonth.text.hasSuffix("-01"),
        (28...31).contains(day.firstOfNextMonth.number - day.firstOfMonth.number)
      else {
        Issue.record("\(day.text)")
        return
      }
    }
  }
}
