import Basics
import Database
import Model
import Storage
import TestKit
import Testing

struct UsageStoreTests {
  let scratch = ScratchStore()

  static func attempt(
    _ number: Int, day: Int64 = 100, agent: String = "a", model: String = "m", key: String? = nil,
    usage: Usage? = Usage(inputTokens: 10, outputTokens: 5), cost: Int64? = 100
  ) -> Attempt {
    var attempt = Attempt(
      run: Identifier("r"), number: number, agent: Identifier(agent), agentVersion: 1, provider: "openai",
      model: model, key: key, status: .completed, startedAt: Day(number: day).start)
    attempt.answeredAt = usage.map { _ in attempt.startedAt }
    attempt.finishedAt = attempt.startedAt
    attempt.usage = usage
    attempt.cost = cost.map { Cost(picodollars: $0) }
    return attempt
  }

  private static func sums(
    _ store: Store, _ dimensions: Set<UsageDimension>, from: Int64 = 0, to: Int64 = 1000,
    _ change: (inout UsageSelection) -> Void = { _ in }
  ) async throws -> [UsageSum] {
    var selection = UsageSelection(from: Day(number: from), to: Day(number: to))
    selection.dimensions = dimensions
    change(&selection)
    let final = selection
    return try await store.read { try $0.usage.sums(final, limit: 100_000) }
  }

  @Test func `calls are summed by what they have in common`() async throws {
    try await scratch.use { store in
      try await store.write { transaction in
        try transaction.usage.add(Self.attempt(1))
        try transaction.usage.add(Self.attempt(2, day: 101, model: "n", key: "f00"))
        try transaction.usage.add(Self.attempt(3, agent: "b", cost: nil))
        try transaction.usage.add(Self.attempt(4, usage: nil, cost: nil))
      }
      let all = try await Self.sums(store, [])
      #expect(all.map(\.calls) == [4] && all.map(\.unpricedCalls) == [1])
      #expect(all[0].cost.picodollars == 200 && all[0].usage.inputTokens == 30)
      #expect(all[0].usage.outputTokens == 15)
      let days = try await Self.sums(store, [.day])
      #expect(days.map(\.day?.number) == [100, 101] && days.map(\.calls) == [3, 1])
      let keys = try await Self.sums(store, [.key, .model])
      #expect(keys.map(\.key) == ["", "f00"] && keys.map(\.model) == ["m", "n"])
      #expect(try await Self.sums(store, [.agent]) { $0.agent = Identifier("b") }.map(\.calls) == [1])
      #expect(try await Self.sums(store, [], from: 101).map(\.calls) == [1])
      #expect(try await Self.sums(store, []) { $0.user = "nobody" }.isEmpty)
      #expect(try await Self.sums(store, [.user]).map(\.user) == ["default"])
    }
    let calls = try await scratch.use { store in try await Self.sums(store, []).map(\.calls) }
    #expect(calls == [4])
  }

  @Test func `S000-41 calls that succeed and fail are counted by agent, with their time`() async throws {
    func ended(_ number: Int, _ agent: String, _ status: Attempt.Status, ms: Int64) -> Attempt {
      var attempt = Self.attempt(number, agent: agent)
      attempt.status = status
      attempt.finishedAt = Timestamp(milliseconds: attempt.startedAt.milliseconds + ms)
      return attempt
    }
    try await scratch.use { store in
      var cached = ended(6, "b", .completed, ms: 1)
      cached.source = .cache
      let attempts = [
        ended(1, "a", .completed, ms: 300), ended(2, "a", .completed, ms: 500),
        ended(3, "a", .failed, ms: 9000),
        ended(4, "b", .completed, ms: -40), ended(5, "b", .stopped, ms: 70), cached,
      ]
      try await store.write { transaction in for attempt in attempts { try transaction.usage.add(attempt) } }
      let sums = try await Self.sums(store, [.agent])
      #expect(sums.map(\.calls) == [3, 2] && sums.map(\.completedCalls) == [2, 1])
      #expect(sums.map(\.failedCalls) == [1, 0] && sums.map(\.completedMilliseconds) == [800, 0])
    }
  }

  @Test func `sums that outgrow numbers stay readable`() async throws {
    try await scratch.use { store in
      let usage = Usage(inputTokens: .max, outputTokens: .max, cachedTokens: -7)
      try await store.write { transaction in
        for number in 1...3 {
          try transaction.usage.add(Self.attempt(number, usage: usage, cost: .max))
          try transaction.usage.add(Self.attempt(number, day: 101, usage: usage, cost: .max))
        }
      }
      let sum = try await Self.sums(store, [])[0]
      #expect(sum.cost.picodollars == .max && sum.usage.inputTokens == 6 * Price.mostTokens)
      #expect(sum.usage.cachedTokens == 0)
    }
  }

  @Test func `an attempt that a dead process left open counts as a call of unknown cost, once`() async throws
  {
    try await scratch.use { store in
      var open = Self.attempt(1, usage: nil, cost: nil)
      open.finishedAt = nil
      open.status = .started
      let begun = open
      try await store.write { try $0.attempts.put(begun) }
    }
    for _ in 0..<2 {
      try await scratch.use { store in
        let sums = try await Self.sums(store, [], to: 100_000)
        #expect(sums.map(\.calls) == [1] && sums.map(\.unpricedCalls) == [1])
      }
    }
  }

  @Test func `what older hubs knew of usage is kept as sums of unknown cost`() throws {
    let path = "\(scratch.folder.path)/old.db"
    let all = try Assets.migrations()
    let connection = try DatabaseConnection(path: path, access: .readWrite)
    _ = try Migrator(Array(all.prefix(2))).migrate(connection, now: Timestamp(milliseconds: 0))
    let row = "('r', 'a', 1, 'openai', 'm', 0, 10, 5, 1, 2, NULL, 86400001)"
    try connection.execute(
      """
      INSERT INTO usage (run, agent, agent_version, provider, model, key_index, input_tokens, output_tokens,
        cached_tokens, reasoning_tokens, cost, at) VALUES \(row), \(row)
      """)
    _ = try Migrator(all).migrate(connection, now: Timestamp(milliseconds: 0))
    let sums = try connection.rows("SELECT day, calls, unpriced, input_tokens, cost FROM usage_days") { row in
      (0..<5).map { row.integer($0) }
    }
    #expect(sums == [[1, 2, 2, 20, 0]])
  }

  /// 366 days of 10 agents with 5 models each: 18,300 rows for however many calls.
  @Test func `a year reads in milliseconds, by the primary key`() async throws {
    try await scratch.use { store in
      try await store.write { transaction in
        for day in Int64(0)..<366 {
          for agent in 0..<10 {
            for model in 0..<5 {
              try transaction.usage.add(
                Self.attempt(1, day: day, agent: "agent-\(agent)", model: "model-\(model)"))
            }
          }
        }
      }
      let clock = ContinuousClock()
      for (dimensions, count) in [
        ([.day], 366), ([.agent], 10), ([.day, .model], 1830), ([], 1),
      ] as [(Set<UsageDimension>, Int)] {
        var best = Duration.seconds(1)
        for _ in 0..<5 {
          let begin = clock.now
          let sums = try await Self.sums(store, dimensions)
          best = min(best, clock.now - begin)
          #expect(sums.count == count && sums.reduce(0) { $0 + $1.calls } == 18_300)
        }
        print("usage of a year by \(dimensions.map(\.rawValue)): \(best)")
        #expect(TimeLimit.isMet(.milliseconds(500)) { best })
      }
    }
    let connection = try scratch.connect()
    let sql = try #require(StatementTable.all.first { $0.contains("sum(calls)") })
    let plan = try connection.rows("EXPLAIN QUERY PLAN \(sql)") { $0.text(3) }
    #expect(plan.first == "SEARCH usage_days USING PRIMARY KEY (tenant=? AND day>? AND day<?)", "\(plan)")
  }

  /// The seed's model of cost: 10,000 questions, each routed by a supervisor and answered by a worker.
  @Test func `the seed's example of cost comes out to the cent`() throws {
    let prices = try Assets.prices()
    func dollars(_ provider: String, _ server: String?, _ model: String, _ input: Int, _ output: Int) throws
      -> Int64
    {
      let usage = Usage(inputTokens: input, outputTokens: output)
      let cost = try #require(prices.cost(of: usage, provider: provider, model: model, server: server))
      return cost.picodollars * 10_000
    }
    let cent: Int64 = 10_000_000_000
    let openai = "api.openai.com"
    let nova = try dollars("bedrock", nil, "amazon.nova-lite-v1:0", 200, 50)
    let mini = try dollars("openai", openai, "gpt-4o-mini", 200, 50)
    let workers = try dollars("openai", openai, "gpt-4o-mini", 500, 300)
    #expect(nova == 24 * cent && mini == 60 * cent && workers == 255 * cent)
    #expect(nova + workers == 279 * cent && mini + workers == 315 * cent)
    #expect((mini - nova) * 100 / (mini + workers) == 11)
  }
}
