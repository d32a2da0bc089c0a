package import Basics
import Database
package import Model

/// What people think of answers: one rating a message, counted by whoever answered.
package struct RatingStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let put = """
    INSERT INTO ratings (message, conversation, agent, agent_version, provider, model, rating, rated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT DO UPDATE SET rating = excluded.rating, rated_at = excluded.rated_at
    """
  static let delete = "DELETE FROM ratings WHERE message = ?1"
  static let sums = """
    SELECT agent, agent_version, provider, model, sum(rating = 1), sum(rating = -1) FROM ratings
    WHERE tenant = ?1 AND (?2 IS NULL OR agent = ?2) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4 LIMIT ?3
    """
  static let all = [put, delete, sums]
}

extension RatingStore {
  static var statements: [String] { SQL.all }

  /// Ratings counted by agent, version, provider and model, in that order.
  ///
  /// - Parameters:
  ///   - agent: of whom; nil for all.
  ///   - limit: of sums; more are left off.
  package func sums(
    of agent: Identifier<Agent>? = nil, tenant: String = "default", limit: Int
  ) throws -> [RatingSum] {
    try transaction.connection.rows(
      SQL.sums, .text(tenant), DatabaseValue(agent?.text), .integer(Int64(limit))
    ) { row in
      RatingSum(
        agent: Identifier(row.text(0)), agentVersion: Int(row.integer(1)), provider: row.text(2),
        model: row.text(3), up: row.integer(4), down: row.integer(5))
    }
  }
}

extension RatingStore where Access == WriteTransaction {
  /// Stores a rating in the place of the message's earlier one.
  package func put(_ rating: Rating) throws {
    try transaction.connection.run(
      SQL.put, .text(rating.message.text), .text(rating.conversation.text), .text(rating.agent.text),
      .integer(Int64(rating.agentVersion)), .text(rating.provider), .text(rating.model),
      .integer(rating.direction == .up ? 1 : -1), .integer(transaction.now.milliseconds))
  }

  /// Takes a message's rating away; nothing happens when there is none.
  package func delete(_ message: Identifier<Message>) throws {
    try transaction.connection.run(SQL.delete, .text(message.text))
  }
}
