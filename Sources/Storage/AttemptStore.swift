package import Basics
import Database
package import Model

/// Tries of calls at providers. Outlive their conversations, so that sums stay true.
package struct AttemptStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    run, number, agent, agent_version, provider, model, key_index, key, status, http_status, error, usage, \
    started_at, answered_at, finished_at, cost, source, saved_cost
    """
  static let insert = """
    INSERT INTO attempts (\(columns))
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
    ON CONFLICT (run, number) DO UPDATE SET
      provider = excluded.provider, model = excluded.model, saved_cost = excluded.saved_cost,
      status = excluded.status, http_status = excluded.http_status, error = excluded.error, usage = excluded.usage,
      answered_at = excluded.answered_at, finished_at = excluded.finished_at, cost = excluded.cost
    """
  static let ofRun = "SELECT \(columns) FROM attempts WHERE run = ?1 ORDER BY number"
  static let ofTree = """
    SELECT \(columns) FROM attempts WHERE run = ?1 OR run IN (
      SELECT id FROM runs WHERE parent_run = ?2 AND (?3 IS NULL OR substr(step, 1, length(?3)) = ?3)
    )
    ORDER BY run, number
    """
  static let unfinished = "SELECT \(columns) FROM attempts WHERE finished_at IS NULL"
  static let all = [insert, ofRun, ofTree, unfinished]
}

extension AttemptStore {
  static var statements: [String] { SQL.all }

  /// A run's tries, in order.
  package func ofRun(_ run: Identifier<Run>) throws -> [Attempt] {
    try transaction.connection.rows(SQL.ofRun, .text(run.text)) { try Attempt(row: $0) }
  }

  /// The tries of a run and of all that are parts of it, at whatever depth.
  package func ofTree(_ run: Run) throws -> [Attempt] {
    try transaction.connection.rows(
      SQL.ofTree, .text(run.id.text), .text((run.parentRun ?? run.id).text),
      DatabaseValue(run.step.map { "\($0)." })
    ) { try Attempt(row: $0) }
  }
}

extension AttemptStore where Access == WriteTransaction {
  /// Stores a try as it is now: when it begins, and when it is over.
  package func put(_ attempt: Attempt) throws {
    try transaction.connection.run(
      SQL.insert, .text(attempt.run.text), .integer(Int64(attempt.number)), .text(attempt.agent.text),
      .integer(Int64(attempt.agentVersion)), .text(attempt.provider), .text(attempt.model),
      DatabaseValue(attempt.keyIndex), DatabaseValue(attempt.key), .text(attempt.status.rawValue),
      DatabaseValue(attempt.httpStatus), DatabaseValue(attempt.error?.json.text),
      DatabaseValue(attempt.usage?.json.text), .integer(attempt.startedAt.milliseconds),
      DatabaseValue(attempt.answeredAt?.milliseconds), DatabaseValue(attempt.finishedAt?.milliseconds),
      DatabaseValue(attempt.cost?.picodollars), .text(attempt.source.rawValue),
      DatabaseValue(attempt.savedCost?.picodollars))
  }

  /// Ends what an earlier process left open. Its tokens are lost, so it counts as a call whose cost nobody knows.
  func interruptUnfinished() throws {
    for var attempt in try transaction.connection.rows(SQL.unfinished, read: { try Attempt(row: $0) }) {
      attempt.status = .interrupted
      attempt.finishedAt = transaction.now
      try put(attempt)
      try transaction.usage.add(attempt)
    }
  }
}

extension Attempt {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    self.init(
      run: Identifier(row.text(0)), number: Int(row.integer(1)), agent: Identifier(row.text(2)),
      agentVersion: Int(row.integer(3)), provider: row.text(4), model: row.text(5),
      keyIndex: row.optionalInteger(6).map { Int($0) }, key: row.optionalText(7),
      status: Status(rawValue: row.text(8)) ?? .failed, startedAt: row.timestamp(12))
    httpStatus = row.optionalInteger(9).map { Int($0) }
    error = try row.optionalJSON(10, of: "attempt").flatMap { RunFailure(json: $0) }
    usage = try row.optionalJSON(11, of: "attempt").flatMap { Usage(json: $0) }
    answeredAt = row.optionalTimestamp(13)
    finishedAt = row.optionalTimestamp(14)
    cost = row.optionalInteger(15).map { Cost(picodollars: $0) }
    source = Source(rawValue: row.text(16)) ?? .provider
    savedCost = row.optionalInteger(17).map { Cost(picodollars: $0) }
  }
}
