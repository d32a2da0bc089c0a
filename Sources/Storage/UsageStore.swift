package import Basics
import Database
package import Model

/// What one answer of a provider took.
package struct UsageRecord: Equatable, Sendable {
  package var run: Identifier<Run>
  package var agent: Identifier<Agent>
  package var agentVersion: Int
  package var provider: String
  package var model: String
  /// Which of the provider's keys was used, from 0; nil when it needs none. Never the key.
  package var keyIndex: Int?
  package var usage: Usage
  /// In US dollars; nil when the model's price is not known.
  package var cost: Double?
  package var at: Timestamp

  package init(
    run: Identifier<Run>, agent: Identifier<Agent>, agentVersion: Int, provider: String, model: String,
    keyIndex: Int? = nil, usage: Usage, cost: Double? = nil, at: Timestamp
  ) {
    self.run = run
    self.agent = agent
    self.agentVersion = agentVersion
    self.provider = provider
    self.model = model
    self.keyIndex = keyIndex
    self.usage = usage
    self.cost = cost
    self.at = at
  }
}

/// What answers took. Outlives their conversations, so that sums stay true.
package struct UsageStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    run, agent, agent_version, provider, model, key_index, input_tokens, output_tokens, cached_tokens, \
    reasoning_tokens, cost, at
    """
  static let insert = """
    INSERT INTO usage (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    """
  static let ofRun = "SELECT \(columns) FROM usage WHERE run = ?1 ORDER BY id"
  static let all = [insert, ofRun]
}

extension UsageStore {
  static var statements: [String] { SQL.all }

  /// What a run's answers took, in order.
  package func ofRun(_ run: Identifier<Run>) throws -> [UsageRecord] {
    try transaction.connection.rows(SQL.ofRun, .text(run.text)) { UsageRecord(row: $0) }
  }
}

extension UsageStore where Access == WriteTransaction {
  /// Belongs into the transaction that ends the run.
  package func insert(_ record: UsageRecord) throws {
    try transaction.connection.run(
      SQL.insert, .text(record.run.text), .text(record.agent.text), .integer(Int64(record.agentVersion)),
      .text(record.provider), .text(record.model), DatabaseValue(record.keyIndex),
      .integer(Int64(record.usage.inputTokens)), .integer(Int64(record.usage.outputTokens)),
      .integer(Int64(record.usage.cachedTokens)), .integer(Int64(record.usage.reasoningTokens)),
      DatabaseValue(record.cost), .integer(record.at.milliseconds))
  }
}

extension UsageRecord {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) {
    self.init(
      run: Identifier(row.text(0)), agent: Identifier(row.text(1)), agentVersion: Int(row.integer(2)),
      provider: row.text(3), model: row.text(4), keyIndex: row.optionalInteger(5).map { Int($0) },
      usage: Usage(
        inputTokens: Int(row.integer(6)), outputTokens: Int(row.integer(7)),
        cachedTokens: Int(row.integer(8)), reasoningTokens: Int(row.integer(9))),
      cost: row.optionalReal(10), at: row.timestamp(11))
  }
}
