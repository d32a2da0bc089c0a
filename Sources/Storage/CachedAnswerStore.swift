package import Basics
import Database
package import Model

/// Answers that are kept for equal questions.
package struct CachedAnswerStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    id, digest, provider, model, usage, cost, bytes, hits, created_at, hit_at, expires_at
    """
  static let find = """
    SELECT \(columns), answer FROM cached_answers
    WHERE tenant = ?1 AND digest = ?2 AND expires_at > ?3 AND created_at > ?4
    """
  static let page = """
    SELECT \(columns) FROM cached_answers
    WHERE tenant = ?1 AND id < ?2 AND expires_at > ?3 AND (?4 IS NULL OR provider = ?4) AND (?5 IS NULL OR model = ?5)
      AND (?6 IS NULL OR EXISTS (SELECT 1 FROM cached_answer_agents WHERE answer = cached_answers.id AND agent = ?6))
    ORDER BY id DESC LIMIT ?7
    """
  static let size = "SELECT entries, bytes FROM cached_answers_size"
  static let insert = """
    INSERT INTO cached_answers (tenant, digest, provider, model, answer, usage, cost, bytes, created_at, used_at, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)
    """
  static let insertAgent = """
    INSERT OR IGNORE INTO cached_answer_agents (answer, agent)
    SELECT id, ?3 FROM cached_answers WHERE tenant = ?1 AND digest = ?2
    """
  static let hit = """
    UPDATE cached_answers SET hits = hits + 1, hit_at = ?3, used_at = ?3 WHERE tenant = ?1 AND digest = ?2
    """
  static let delete = """
    DELETE FROM cached_answers
    WHERE tenant = ?1 AND (?2 IS NULL OR provider = ?2) AND (?3 IS NULL OR model = ?3)
      AND (?4 IS NULL OR EXISTS (SELECT 1 FROM cached_answer_agents WHERE answer = cached_answers.id AND agent = ?4))
    """
  static let deleteOne = "DELETE FROM cached_answers WHERE tenant = ?1 AND digest = ?2"
  static let deleteExpired = "DELETE FROM cached_answers WHERE expires_at <= ?1"
  static let deleteOldest = """
    DELETE FROM cached_answers WHERE id = (SELECT id FROM cached_answers ORDER BY used_at LIMIT 1)
    """
  static let all = [
    find, page, size, insert, insertAgent, hit, delete, deleteOne, deleteExpired, deleteOldest,
  ]
}

extension CachedAnswerStore {
  static var statements: [String] { SQL.all }

  /// The answer of a digest that may still be given, with its events as they were kept.
  ///
  /// - Parameters:
  ///   - now: the wall clock.
  ///   - moment: the answer must be younger than this, too; whoever asks may want fresher ones than who kept it.
  package func find(
    _ digest: String, after moment: Timestamp, now: Timestamp, tenant: String = "default"
  ) throws -> (answer: CachedAnswer, events: [UInt8])? {
    try transaction.connection.first(
      SQL.find, .text(tenant), .text(digest), .integer(now.milliseconds), .integer(moment.milliseconds)
    ) { (try CachedAnswer(row: $0), $0.bytes(11)) }
  }

  /// Answers that may still be given, the newest first.
  ///
  /// - Parameter last: what the page before gave as `next`.
  package func page(
    _ selection: CachedAnswerSelection = CachedAnswerSelection(), before last: Int64? = nil, limit: Int = 50,
    now: Timestamp, tenant: String = "default"
  ) throws -> Page<CachedAnswer, Int64> {
    let rows = try transaction.connection.rows(
      SQL.page, .text(tenant), .integer(last ?? .max), .integer(now.milliseconds),
      DatabaseValue(selection.provider), DatabaseValue(selection.model), DatabaseValue(selection.agent?.text),
      .integer(Int64(limit + 1))
    ) { try CachedAnswer(row: $0) }
    return Page(rows, limit: limit) { $0.id }
  }

  /// How much is kept for all tenants, what has expired and was not swept yet included.
  package func size() throws -> (entries: Int64, bytes: Int64) {
    try transaction.connection.first(SQL.size) { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
  }
}

extension CachedAnswerStore where Access == WriteTransaction {
  /// Keeps an answer in the place of an older one, and forgets others, expired and long unused ones first, until all fit.
  ///
  /// - Parameters:
  ///   - events: of the provider, as JSON.
  ///   - agent: who asked.
  ///   - limit: bytes of all answers together. One that takes more than a quarter of them is not kept.
  package func put(
    _ answer: CachedAnswer, events: [UInt8], for agent: Identifier<Agent>, limit: Int64,
    tenant: String = "default"
  ) throws {
    let bytes = Int64(events.count + answer.digest.utf8.count + answer.model.utf8.count)
    guard bytes <= limit / 4 else { return }
    try deleteExpired()
    try delete(digest: answer.digest, tenant: tenant)
    try transaction.connection.run(
      SQL.insert, .text(tenant), .text(answer.digest), .text(answer.provider), .text(answer.model),
      .bytes(events), DatabaseValue(answer.usage?.json.text), DatabaseValue(answer.cost?.picodollars),
      .integer(bytes), .integer(answer.createdAt.milliseconds), .integer(answer.expiresAt.milliseconds))
    try transaction.connection.run(SQL.insertAgent, .text(tenant), .text(answer.digest), .text(agent.text))
    while try size().bytes > limit {
      guard try transaction.connection.run(SQL.deleteOldest) > 0 else { return }
    }
  }

  /// Counts that an answer was given again.
  package func hit(_ digest: String, by agent: Identifier<Agent>, tenant: String = "default") throws {
    try transaction.connection.run(
      SQL.hit, .text(tenant), .text(digest), .integer(transaction.now.milliseconds))
    try transaction.connection.run(SQL.insertAgent, .text(tenant), .text(digest), .text(agent.text))
  }

  /// Forgets answers; returns how many.
  @discardableResult
  package func delete(
    _ selection: CachedAnswerSelection = CachedAnswerSelection(), tenant: String = "default"
  ) throws -> Int {
    try transaction.connection.run(
      SQL.delete, .text(tenant), DatabaseValue(selection.provider), DatabaseValue(selection.model),
      DatabaseValue(selection.agent?.text))
  }

  /// Forgets the answer of a digest; returns how many that were.
  @discardableResult
  package func delete(digest: String, tenant: String = "default") throws -> Int {
    try transaction.connection.run(SQL.deleteOne, .text(tenant), .text(digest))
  }

  /// Forgets what may not be given any more; returns how many.
  @discardableResult
  package func deleteExpired() throws -> Int {
    try transaction.connection.run(SQL.deleteExpired, .integer(transaction.now.milliseconds))
  }
}

extension CachedAnswer {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    self.init(
      digest: row.text(1), provider: row.text(2), model: row.text(3),
      usage: try row.optionalJSON(4, of: "cached answer").flatMap { Usage(json: $0) },
      cost: row.optionalInteger(5).map { Cost(picodollars: $0) }, createdAt: row.timestamp(8),
      expiresAt: row.timestamp(10))
    id = row.integer(0)
    bytes = row.integer(6)
    hits = row.integer(7)
    hitAt = row.optionalTimestamp(9)
  }
}
