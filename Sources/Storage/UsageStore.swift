import Basics
import Database
package import Model

/// What calls took, summed by day as they end. Outlives runs and conversations, so that sums stay true.
package struct UsageStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  /// Sums stop at what 64 bits hold: SQLite would go on with a rounded number, which the column refuses.
  static let add = """
    INSERT INTO usage_days (
      tenant, day, agent, agent_version, provider, model, key, user, calls, unpriced, estimated, input_tokens,
      output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost, cached, joined, saved_input_tokens,
      saved_output_tokens, saved_cost, completed, failed, milliseconds)
    VALUES (
      coalesce((SELECT tenant FROM runs WHERE id = ?1), 'default'), ?2, ?3, ?4, ?5, ?6, ?7,
      coalesce((SELECT user FROM runs WHERE id = ?1), 'default'), ?16, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?17, ?18,
      ?19, ?20, ?21, ?22, ?23, ?24)
    ON CONFLICT DO UPDATE SET
      calls = calls + excluded.calls, unpriced = unpriced + excluded.unpriced, estimated = estimated + excluded.estimated,
      input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
      cached_tokens = cached_tokens + excluded.cached_tokens,
      cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
      reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
      cost = min(cost + excluded.cost, 9223372036854775807),
      cached = cached + excluded.cached, joined = joined + excluded.joined,
      saved_input_tokens = saved_input_tokens + excluded.saved_input_tokens,
      saved_output_tokens = saved_output_tokens + excluded.saved_output_tokens,
      saved_cost = min(saved_cost + excluded.saved_cost, 9223372036854775807),
      completed = completed + excluded.completed, failed = failed + excluded.failed,
      milliseconds = milliseconds + excluded.milliseconds
    """
  /// One statement for every grouping: what is not grouped by is NULL. Costs come in two parts, since SQLite refuses a sum that is longer
  /// than 64 bits.
  static let sums = """
    SELECT iif(?4, day, NULL), iif(?5, agent, NULL), iif(?6, agent_version, NULL), iif(?7, provider, NULL),
      iif(?8, model, NULL), iif(?9, key, NULL), iif(?10, user, NULL),
      sum(calls), sum(unpriced), sum(estimated), sum(input_tokens), sum(output_tokens), sum(cached_tokens),
      sum(cache_write_tokens), sum(reasoning_tokens), sum(cost / 1000000), sum(cost % 1000000),
      sum(cached), sum(joined), sum(saved_input_tokens), sum(saved_output_tokens), sum(saved_cost / 1000000),
      sum(saved_cost % 1000000), sum(completed), sum(failed), sum(milliseconds)
    FROM usage_days
    WHERE tenant = ?1 AND day BETWEEN ?2 AND ?3
      AND (?11 IS NULL OR agent = ?11) AND (?12 IS NULL OR provider = ?12) AND (?13 IS NULL OR model = ?13)
      AND (?14 IS NULL OR key = ?14) AND (?15 IS NULL OR user = ?15)
    GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7 LIMIT ?16
    """
  static let all = [add, sums]
}

extension UsageStore {
  static var statements: [String] { SQL.all }

  /// Sums of usage, ordered by what they are grouped by.
  ///
  /// - Parameter limit: of groups; more are left off.
  package func sums(_ selection: UsageSelection, tenant: String = "default", limit: Int) throws -> [UsageSum]
  {
    func flag(_ dimension: UsageDimension) -> DatabaseValue {
      .integer(selection.dimensions.contains(dimension) ? 1 : 0)
    }
    return try transaction.connection.rows(
      SQL.sums, .text(tenant), .integer(selection.from.number), .integer(selection.to.number), flag(.day),
      flag(.agent), flag(.agentVersion), flag(.provider), flag(.model), flag(.key), flag(.user),
      DatabaseValue(selection.agent?.text), DatabaseValue(selection.provider), DatabaseValue(selection.model),
      DatabaseValue(selection.key), DatabaseValue(selection.user), .integer(Int64(limit))
    ) { UsageSum(row: $0) }
  }
}

extension UsageStore where Access == WriteTransaction {
  /// Counts a call that has ended. Belongs into the transaction that stores its end, so that each counts once.
  package func add(_ attempt: Attempt) throws {
    let usage = attempt.usage
    func count(_ tokens: Int?) -> DatabaseValue {
      .integer(Int64(min(max(tokens ?? 0, 0), Price.mostTokens)))
    }
    func flag(_ source: Attempt.Source) -> DatabaseValue { .integer(attempt.source == source ? 1 : 0) }
    func flag(_ status: Attempt.Status) -> DatabaseValue {
      .integer(attempt.source == .provider && attempt.status == status ? 1 : 0)
    }
    try transaction.connection.run(
      SQL.add, .text(attempt.run.text), .integer((attempt.finishedAt ?? transaction.now).day.number),
      .text(attempt.agent.text), .integer(Int64(attempt.agentVersion)), .text(attempt.provider),
      .text(attempt.model), .text(attempt.key ?? ""), .integer(attempt.isUnpriced ? 1 : 0),
      .integer(usage?.isEstimated == true ? 1 : 0), count(usage?.inputTokens), count(usage?.outputTokens),
      count(usage?.cachedTokens), count(usage?.cacheWriteTokens), count(usage?.reasoningTokens),
      .integer(attempt.cost?.picodollars ?? 0), flag(.provider), flag(.cache), flag(.joined),
      count(usage?.savedInputTokens), count(usage?.savedOutputTokens),
      .integer(attempt.savedCost?.picodollars ?? 0), flag(.completed), flag(.failed),
      .integer(attempt.countedMilliseconds))
  }
}

extension Attempt {
  /// How long its provider took for a whole answer; 0 for other attempts. A clock that was set meanwhile counts as a day at most.
  fileprivate var countedMilliseconds: Int64 {
    guard source == .provider, status == .completed, let finishedAt else { return 0 }
    return min(max(finishedAt.milliseconds - startedAt.milliseconds, 0), 86_400_000)
  }
}

extension UsageSum {
  /// Reads the columns of `SQL.sums`.
  fileprivate init(row: Statement) {
    self.init(
      day: row.optionalInteger(0).map { Day(number: $0) }, agent: row.optionalIdentifier(1),
      agentVersion: row.optionalInteger(2).map { Int($0) }, provider: row.optionalText(3),
      model: row.optionalText(4), key: row.optionalText(5), user: row.optionalText(6))
    calls = row.integer(7)
    unpricedCalls = row.integer(8)
    estimatedCalls = row.integer(9)
    usage = Usage(
      inputTokens: Int(row.integer(10)), outputTokens: Int(row.integer(11)),
      cachedTokens: Int(row.integer(12)),
      cacheWriteTokens: Int(row.integer(13)), reasoningTokens: Int(row.integer(14)))
    cost = Self.cost(row, 15)
    cachedCalls = row.integer(17)
    joinedCalls = row.integer(18)
    usage.savedInputTokens = Int(row.integer(19))
    usage.savedOutputTokens = Int(row.integer(20))
    savedCost = Self.cost(row, 21)
    completedCalls = row.integer(23)
    failedCalls = row.integer(24)
    completedMilliseconds = row.integer(25)
  }

  /// Reads the two parts of a cost.
  private static func cost(_ row: Statement, _ column: Int) -> Cost {
    let (millionths, overflow) = row.integer(column).multipliedReportingOverflow(by: 1_000_000)
    return Cost(picodollars: overflow ? .max : millionths) + Cost(picodollars: row.integer(column + 1))
  }
}
