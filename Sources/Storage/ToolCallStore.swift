package import Basics
import Database
package import Model

/// Calls of tools, in the order in which a run's model asked for them. What may follow which is the affair of the rule of tools.
package struct ToolCallStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    run, number, round, id, tool, arguments, valid, edited_arguments, status, fingerprint, reason, decided_at, result, \
    result_bytes, error, created_at, started_at, finished_at
    """
  static let ofRun = "SELECT \(columns) FROM tool_calls WHERE run = ?1 ORDER BY number"
  static let put = """
    INSERT INTO tool_calls (\(columns))
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
    ON CONFLICT DO UPDATE SET
      edited_arguments = excluded.edited_arguments, status = excluded.status, reason = excluded.reason,
      decided_at = excluded.decided_at, result = excluded.result, result_bytes = excluded.result_bytes,
      error = excluded.error, started_at = excluded.started_at, finished_at = excluded.finished_at
    """
  static let all = [ofRun, put]
}

extension ToolCallStore {
  static var statements: [String] { SQL.all }

  /// A run's calls, in order.
  package func ofRun(_ run: Identifier<Run>) throws -> [ToolCallRecord] {
    try transaction.connection.rows(SQL.ofRun, .text(run.text)) { try ToolCallRecord(row: $0) }
  }

  /// The calls of a run that wait for somebody's decision, in order.
  package func waiting(of run: Identifier<Run>) throws -> [ToolCallRecord] {
    try ofRun(run).filter { $0.status == .waiting }
  }
}

extension ToolCallStore where Access == WriteTransaction {
  /// Stores a call as it is now; what the model asked for never changes.
  package func put(_ call: ToolCallRecord) throws {
    try transaction.connection.run(
      SQL.put, .text(call.run.text), .integer(Int64(call.number)), .integer(Int64(call.round)),
      .text(call.call.id), .text(call.call.name), .text(call.call.arguments),
      .integer(call.call.isValid ? 1 : 0), DatabaseValue(call.edited?.text), .text(call.status.rawValue),
      .text(call.fingerprint), DatabaseValue(call.reason), DatabaseValue(call.decidedAt?.milliseconds),
      DatabaseValue(call.result?.json.text), DatabaseValue(call.resultBytes),
      DatabaseValue(call.error?.json.text), .integer(call.createdAt.milliseconds),
      DatabaseValue(call.startedAt?.milliseconds), DatabaseValue(call.finishedAt?.milliseconds))
  }
}

extension ToolCallRecord {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let status = Status(rawValue: row.text(8)) else {
      throw StoreError.unreadable(noun: "tool call", detail: "unknown status \(row.text(8))")
    }
    self.init(
      run: Identifier(row.text(0)), number: Int(row.integer(1)), round: Int(row.integer(2)),
      call: ToolCall(
        id: row.text(3), name: row.text(4), arguments: row.text(5), isValid: row.integer(6) != 0),
      status: status, fingerprint: row.text(9), createdAt: row.timestamp(15))
    edited = try row.optionalJSON(7, of: "tool call")
    reason = row.optionalText(10)
    decidedAt = row.optionalTimestamp(11)
    result = try row.optionalJSON(12, of: "tool call").map { [MessagePart](json: $0) }
    resultBytes = row.optionalInteger(13).map { Int($0) }
    error = try row.optionalJSON(14, of: "tool call").flatMap { RunFailure(json: $0) }
    startedAt = row.optionalTimestamp(16)
    finishedAt = row.optionalTimestamp(17)
  }
}
