package import Basics
import Database
package import Model

/// Conversations, newest change first.
package struct ConversationStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    id, title, created_at, updated_at, \
    max(deleted_seq, coalesce((SELECT max(seq) FROM events WHERE conversation = conversations.id), 0)), \
    branch, forked_from, forked_message
    """
  static let get = "SELECT \(columns) FROM conversations WHERE id = ?1"
  static let page = """
    SELECT \(columns) FROM conversations WHERE (updated_at, id) < (?1, ?2)
    ORDER BY updated_at DESC, id DESC LIMIT ?3
    """
  static let pageBefore = """
    SELECT \(columns) FROM conversations WHERE (updated_at, id) > (?1, ?2)
    ORDER BY updated_at, id LIMIT ?3
    """
  static let idle = """
    SELECT id FROM conversations WHERE updated_at < ?1 AND NOT EXISTS (
      SELECT 1 FROM runs WHERE conversation = conversations.id AND status IN ('queued', 'running', 'waiting')
    )
    ORDER BY updated_at, id LIMIT ?2
    """
  static let wasUsed = """
    SELECT 1 FROM conversations WHERE id = ?1 UNION ALL SELECT 1 FROM events WHERE conversation = ?1 LIMIT 1
    """
  static let ids = "SELECT id FROM conversations WHERE id > ?1 ORDER BY id LIMIT ?2"
  static let setOrigin = "UPDATE conversations SET forked_from = ?2, forked_message = ?3 WHERE id = ?1"
  static let setMoments = "UPDATE conversations SET created_at = ?2, updated_at = ?3 WHERE id = ?1"
  static let insert = "INSERT INTO conversations (id, title, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)"
  static let rename = "UPDATE conversations SET title = ?2, updated_at = ?3 WHERE id = ?1"
  static let touch = "UPDATE conversations SET updated_at = ?2 WHERE id = ?1 AND updated_at < ?2"
  static let delete = "DELETE FROM conversations WHERE id = ?1"
  static let deleteEvents = "DELETE FROM events WHERE conversation = ?1 AND seq < ?2"
  static let all = [
    get, page, pageBefore, idle, wasUsed, ids, setOrigin, setMoments, insert, rename, touch, delete,
    deleteEvents,
  ]
}

extension ConversationStore {
  static var statements: [String] { SQL.all }

  /// The conversation as it is now, or nil when there is none.
  package func get(_ id: Identifier<Conversation>) throws -> Conversation? {
    try transaction.connection.first(SQL.get, .text(id.text)) { Conversation(row: $0) }
  }

  /// The position of its newest event.
  ///
  /// - Throws: `conversation_not_found`.
  package func head(of id: Identifier<Conversation>) throws -> Int64 {
    guard let conversation = try get(id) else {
      throw StoreError.notFound(noun: "conversation", id: id.text)
    }
    return conversation.seq
  }

  /// All conversations, the one that changed last first.
  ///
  /// - Returns: `next` is what to give as `after` for the page of those that changed earlier.
  package func page(
    after position: ListPosition? = nil, limit: Int = 50
  ) throws -> Page<Conversation, ListPosition> {
    try page(SQL.page, position ?? ListPosition(at: Timestamp(milliseconds: .max), id: ""), limit)
  }

  /// The conversations that stand before a position in that list, or at its end without one; in the same order.
  ///
  /// - Returns: `next` is what to give as `before` for the page of those that changed later.
  package func page(before position: ListPosition?, limit: Int = 50) throws -> Page<
    Conversation, ListPosition
  > {
    var page = try page(
      SQL.pageBefore, position ?? ListPosition(at: Timestamp(milliseconds: .min), id: ""), limit)
    page.items.reverse()
    return page
  }

  /// The ids of conversations after one, in their own order: a walk along them meets each once, whatever changes meanwhile.
  package func ids(after id: String, limit: Int) throws -> [Identifier<Conversation>] {
    try transaction.connection.rows(SQL.ids, .text(id), .integer(Int64(limit))) { Identifier($0.text(0)) }
  }

  /// Whether no conversation has the id, or had it.
  func isFree(_ id: Identifier<Conversation>) throws -> Bool {
    try transaction.connection.first(SQL.wasUsed, .text(id.text), read: { _ in true }) == nil
  }

  /// Those that were not continued since a moment and have no run that is not over, the oldest first.
  package func idle(since moment: Timestamp, limit: Int) throws -> [Identifier<Conversation>] {
    try transaction.connection.rows(
      SQL.idle, .integer(moment.milliseconds), .integer(Int64(limit))
    ) { Identifier($0.text(0)) }
  }

  private func page(
    _ sql: String, _ position: ListPosition, _ limit: Int
  ) throws -> Page<Conversation, ListPosition> {
    let rows = try transaction.connection.rows(
      sql, .integer(position.at.milliseconds), .text(position.id), .integer(Int64(limit + 1))
    ) { Conversation(row: $0) }
    return Page(rows, limit: limit) { ListPosition(at: $0.updatedAt, id: $0.id.text) }
  }
}

extension ConversationStore where Access == WriteTransaction {
  /// Starts a conversation, with a `conversation.created` event as its seq 1.
  ///
  /// - Throws: `already_exists` when the id is taken, or was: seqs are never given out twice.
  @discardableResult
  package func create(
    _ id: Identifier<Conversation>? = nil, title: String? = nil, forkedFrom: ForkOrigin? = nil
  ) throws -> Conversation {
    let id = id ?? transaction.newIdentifier()
    guard try isFree(id) else {
      throw StoreError.alreadyExists(noun: "conversation", id: id.text)
    }
    let now = transaction.now
    try transaction.connection.run(
      SQL.insert, .text(id.text), DatabaseValue(title), .integer(now.milliseconds))
    var body: JSONObject = ["title": title.map { .string($0) } ?? .null]
    body["forkedFrom"] = forkedFrom?.json
    var conversation = Conversation(id: id, title: title, createdAt: now, updatedAt: now, seq: 0)
    conversation.seq = try tell(.conversationCreated, id, body).seq
    guard let forkedFrom else { return conversation }
    conversation.forkedFrom = forkedFrom
    try transaction.connection.run(
      SQL.setOrigin, .text(id.text), .text(forkedFrom.conversation.text), .text(forkedFrom.message.text))
    return conversation
  }

  /// Gives a conversation another title, with a `conversation.updated` event.
  ///
  /// - Throws: `conversation_not_found`.
  @discardableResult
  package func rename(_ id: Identifier<Conversation>, to title: String?) throws -> Conversation {
    let event = try tell(.conversationUpdated, id, ["title": title.map { .string($0) } ?? .null])
    try transaction.connection.run(
      SQL.rename, .text(id.text), DatabaseValue(title), .integer(event.at.milliseconds))
    guard let conversation = try get(id) else {
      throw StoreError.notFound(noun: "conversation", id: id.text)
    }
    return conversation
  }

  /// Says when an imported conversation was made and changed, where it was made.
  func setMoments(of id: Identifier<Conversation>, created: Timestamp, updated: Timestamp) throws {
    try transaction.connection.run(
      SQL.setMoments, .text(id.text), .integer(created.milliseconds), .integer(updated.milliseconds))
  }

  /// Moves a conversation to the top of the list. Storing a message does it by itself.
  package func touch(_ id: Identifier<Conversation>) throws {
    try transaction.connection.run(SQL.touch, .text(id.text), .integer(transaction.now.milliseconds))
  }

  /// Removes a conversation with its messages, runs and events; its `conversation.deleted` event stays in the log.
  ///
  /// - Throws: `conversation_not_found`.
  package func delete(_ id: Identifier<Conversation>) throws {
    let event = try tell(.conversationDeleted, id, [:])
    try transaction.connection.run(SQL.delete, .text(id.text))
    try transaction.connection.run(SQL.deleteEvents, .text(id.text), .integer(event.seq))
    transaction.forgetHead(of: id)
  }

  private func tell(_ type: EventType, _ id: Identifier<Conversation>, _ body: JSONObject) throws -> Event {
    try transaction.append(Event(conversation: id, at: transaction.now, body: .other(type, body)))
  }
}

extension Conversation {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) {
    self.init(
      id: Identifier(row.text(0)), title: row.optionalText(1), createdAt: row.timestamp(2),
      updatedAt: row.timestamp(3), seq: row.integer(4))
    branch = row.optionalInteger(5).map { Int($0) }
    if let conversation = row.optionalText(6), let message = row.optionalText(7) {
      forkedFrom = ForkOrigin(conversation: Identifier(conversation), message: Identifier(message))
    }
  }
}
