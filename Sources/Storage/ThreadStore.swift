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
  static let all = [find, insert]
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
