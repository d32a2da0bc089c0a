package import Basics
import Database
package import Model

/// What conversations have found out in SQL lately.
package struct QueryResultStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let latest = """
    SELECT result FROM query_results WHERE conversation = ?1 AND subject = ?2 ORDER BY id DESC LIMIT ?3
    """
  static let insert = """
    INSERT INTO query_results (conversation, subject, result, created_at) VALUES (?1, ?2, ?3, ?4)
    """
  static let deleteOlder = """
    DELETE FROM query_results WHERE conversation = ?1 AND subject = ?2 AND id NOT IN (
      SELECT id FROM query_results WHERE conversation = ?1 AND subject = ?2 ORDER BY id DESC LIMIT ?3
    )
    """
  static let all = [latest, insert, deleteOlder]
}

extension QueryResultStore {
  static var statements: [String] { SQL.all }

  /// A conversation's results about a subject, the newest first.
  package func latest(
    of conversation: Identifier<Conversation>, about subject: String, limit: Int
  ) throws -> [JSON] {
    try transaction.connection.rows(
      SQL.latest, .text(conversation.text), .text(subject), .integer(Int64(limit))
    ) { try $0.optionalJSON(0, of: "query result") ?? .null }
  }
}

extension QueryResultStore where Access == WriteTransaction {
  /// Keeps a result in the place of the oldest ones.
  ///
  /// - Parameter most: how many there are then.
  /// - Throws: `constraint_violated` when the conversation does not exist.
  package func keep(
    _ result: JSON, in conversation: Identifier<Conversation>, about subject: String, most: Int
  ) throws {
    try transaction.connection.run(
      SQL.insert, .text(conversation.text), .text(subject), .utf8(result.bytes),
      .integer(transaction.now.milliseconds))
    try transaction.connection.run(
      SQL.deleteOlder, .text(conversation.text), .text(subject), .integer(Int64(most)))
  }
}
