package import Basics
import Database
package import Model

/// How a surface's clients name a conversation.
package struct ThreadName: Hashable, Sendable {
  /// Which clients: `customer` for example.
  package let surface: String
  /// Whoever may never come to another's conversations by their names.
  package let tenant: String
  package let key: String

  package init(surface: String, tenant: String = "default", key: String) {
    self.surface = surface
    self.tenant = tenant
    self.key = key
  }
}

/// The conversations that clients name themselves.
package struct ThreadStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let find = "SELECT conversation FROM threads WHERE surface = ?1 AND tenant = ?2 AND key = ?3"
  static let insert = """
    INSERT INTO threads (surface, tenant, key, conversation, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
    """
  static let idle = """
    SELECT threads.conversation FROM conversations CROSS JOIN threads ON threads.conversation = conversations.id
    WHERE conversations.updated_at < ?2 AND threads.surface = ?1 AND NOT EXISTS (
      SELECT 1 FROM runs WHERE runs.conversation = conversations.id AND runs.status IN ('queued', 'running', 'waiting')
    )
    ORDER BY conversations.updated_at, conversations.id LIMIT ?3
    """
  static let all = [find, insert, idle]
}

extension ThreadStore {
  static var statements: [String] { SQL.all }

  /// The conversation of a name, or nil when there is none.
  package func find(_ name: ThreadName) throws -> Identifier<Conversation>? {
    try transaction.connection.first(SQL.find, .text(name.surface), .text(name.tenant), .text(name.key)) {
      Identifier($0.text(0))
    }
  }
}

extension ThreadStore {
  /// A surface's conversations that were not continued since a moment and have no run that is not over, the oldest first.
  package func idle(
    of surface: String, since moment: Timestamp, limit: Int
  ) throws -> [Identifier<Conversation>] {
    try transaction.connection.rows(
      SQL.idle, .text(surface), .integer(moment.milliseconds), .integer(Int64(limit))
    ) { Identifier($0.text(0)) }
  }
}

extension ThreadStore where Access == WriteTransaction {
  /// The conversation of a name, made if there is none.
  ///
  /// - Parameter title: of a new one.
  package func open(_ name: ThreadName, title: String?) throws -> Identifier<Conversation> {
    if let known = try find(name) { return known }
    let conversation = try transaction.conversations.create(title: title).id
    try transaction.connection.run(
      SQL.insert, .text(name.surface), .text(name.tenant), .text(name.key), .text(conversation.text),
      .integer(transaction.now.milliseconds))
    return conversation
  }
}
