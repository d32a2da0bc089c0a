package import Basics
import Database
package import Model

/// Messages, in the order of their conversation.
package struct MessageStore<Access: Transaction> {
  let transaction: Access
}

/// The columns from which messages are read.
enum MessageRow {
  static let columns =
    "id, conversation, seq, parent, run, agent, role, type, text, parts, created_at, step, branch"
}

private enum SQL {
  static let columns = MessageRow.columns
  static let get = "SELECT \(columns) FROM messages WHERE id = ?1"
  static let before = """
    SELECT \(columns) FROM messages WHERE conversation = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3
    """
  static let after = """
    SELECT \(columns) FROM messages WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3
    """
  /// Told which index to use: what steps say may be a hundred times as much. In a conversation without branches everything is the trunk's.
  static let said = """
    SELECT \(columns) FROM messages INDEXED BY messages_said
    WHERE conversation = ?1 AND step IS NULL AND branch IS NULL ORDER BY seq DESC LIMIT ?2
    """
  static let ofRun = "SELECT \(columns) FROM messages WHERE run = ?1 ORDER BY seq"
  static let insert = """
    INSERT INTO messages (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    """
  static let all = [get, before, after, said, ofRun, insert]
}

extension MessageStore {
  static var statements: [String] { SQL.all + pathStatements }

  /// The message with an id, or nil when there is none.
  package func get(_ id: Identifier<Message>) throws -> Message? {
    try transaction.connection.first(SQL.get, .text(id.text)) { try Message(row: $0) }
  }

  /// The newest messages of a conversation (those before `seq`, when it is given), oldest first.
  ///
  /// - Returns: `next` is what to give as `before` for the page of older ones.
  package func page(
    of conversation: Identifier<Conversation>, before seq: Int64? = nil, limit: Int = 50
  ) throws -> Page<Message, Int64> {
    let rows = try rows(SQL.before, conversation, seq ?? .max, limit)
    var page = Page(rows, limit: limit) { $0.seq }
    page.items.reverse()
    return page
  }

  /// The messages after `seq` (0 for the beginning), oldest first.
  ///
  /// - Returns: `next` is what to give as `after` for the page of newer ones.
  package func page(
    of conversation: Identifier<Conversation>, after seq: Int64, limit: Int = 50
  ) throws -> Page<Message, Int64> {
    Page(try rows(SQL.after, conversation, seq, limit), limit: limit) { $0.seq }
  }

  /// Writes the page of `page(of:before:limit:)` as a JSON array, straight from the rows: what lists answer with.
  ///
  /// - Returns: how many messages it holds, and the page's `next`.
  package func writePage(
    of conversation: Identifier<Conversation>, before seq: Int64?, limit: Int, into writer: inout JSONWriter
  ) throws -> WrittenPage {
    var newestFirst = JSONWriter(capacity: Self.usualBytes * limit)
    var ends = [0]
    let page = try each(SQL.before, conversation, seq ?? .max, limit) { row in
      row.writeMessage(of: conversation, into: &newestFirst)
      ends.append(newestFirst.bytes.count)
    }
    writer.beginArray()
    for index in (1..<ends.count).reversed() {
      // A comma stands before each but the first.
      let start = index == 1 ? 0 : ends[index - 1] + 1
      writer.raw(newestFirst.bytes[start..<ends[index]])
    }
    writer.endArray()
    return page
  }

  /// Writes the page of `page(of:after:limit:)` in the same way.
  package func writePage(
    of conversation: Identifier<Conversation>, after seq: Int64, limit: Int, into writer: inout JSONWriter
  ) throws -> WrittenPage {
    writer.beginArray()
    let page = try each(SQL.after, conversation, seq, limit) {
      $0.writeMessage(of: conversation, into: &writer)
    }
    writer.endArray()
    return page
  }

  /// Visits the rows of a page; one row more is looked at, which tells that there is more.
  private func each(
    _ sql: String, _ conversation: Identifier<Conversation>, _ seq: Int64, _ limit: Int,
    write: (Statement) -> Void
  ) throws -> WrittenPage {
    var page = WrittenPage(count: 0, next: nil)
    var last: Int64 = 0
    try transaction.connection.each(
      sql, .text(conversation.text), .integer(seq), .integer(Int64(limit + 1))
    ) { row in
      guard page.count < limit else { return page.next = last }
      last = row.integer(2)
      page.count += 1
      write(row)
    }
    return page
  }

  /// JSON bytes of a message, for a first guess.
  private static var usualBytes: Int { 640 }

  /// The newest messages that were said in a conversation itself, not by steps on the way to an answer, nor in branches; oldest first.
  package func said(in conversation: Identifier<Conversation>, limit: Int) throws -> [Message] {
    try transaction.connection.rows(
      SQL.said, .text(conversation.text), .integer(Int64(limit))
    ) { try Message(row: $0, of: conversation) }.reversed()
  }

  /// What a run wrote, in order.
  package func ofRun(_ run: Identifier<Run>) throws -> [Message] {
    try transaction.connection.rows(SQL.ofRun, .text(run.text)) { try Message(row: $0) }
  }

  private func rows(
    _ sql: String, _ conversation: Identifier<Conversation>, _ seq: Int64, _ limit: Int
  ) throws -> [Message] {
    var rows: [Message] = []
    rows.reserveCapacity(min(limit, 1000) + 1)
    try transaction.connection.each(
      sql, .text(conversation.text), .integer(seq), .integer(Int64(limit + 1))
    ) { rows.append(try Message(row: $0, of: conversation)) }
    return rows
  }
}

extension MessageStore where Access == WriteTransaction {
  /// Stores a message and moves its conversation to the top of the list.
  ///
  /// - Parameter message: its `seq` is that of the event that tells of it. An agent that was deleted meanwhile is left
  ///   out.
  /// - Throws: `constraint_violated` when the conversation does not exist, or the id or seq is taken.
  @discardableResult
  package func insert(_ message: Message) throws -> Message {
    var message = message
    if let agent = message.agent, try transaction.agents.get(agent) == nil { message.agent = nil }
    try transaction.connection.run(
      SQL.insert, .text(message.id.text), .text(message.conversation.text), .integer(message.seq),
      DatabaseValue(message.parent?.text), DatabaseValue(message.run?.text),
      DatabaseValue(message.agent?.text), .text(message.role.rawValue), .text(message.type.rawValue),
      .text(message.text), DatabaseValue(message.parts?.text), .integer(message.createdAt.milliseconds),
      DatabaseValue(message.step), DatabaseValue(message.branch))
    try transaction.conversations.touch(message.conversation)
    return message
  }
}

extension Statement {
  /// Writes the columns of `SQL.columns` as `Message` writes itself.
  fileprivate func writeMessage(of conversation: Identifier<Conversation>, into writer: inout JSONWriter) {
    writer.beginObject()
    writeText(0, as: "id", into: &writer)
    writer.member("conversation", conversation.text)
    writer.member("seq", integer(2))
    writeText(3, as: "parent", into: &writer)
    writeText(4, as: "run", into: &writer)
    writeText(5, as: "agent", into: &writer)
    writeText(6, as: "role", into: &writer)
    writeText(7, as: "type", into: &writer)
    writeText(8, as: "text", into: &writer)
    writeJSON(9, as: "parts", into: &writer)
    if let step = optionalText(11) { writer.member("step", step) }
    if let branch = optionalInteger(12) { writer.member("branch", branch) }
    writer.key("createdAt")
    writer.timestamp(timestamp(10))
    writer.endObject()
  }
}

extension Message {
  /// Reads the columns of `MessageRow`.
  ///
  /// - Parameter conversation: when it is known already, its text is shared by all messages of a page.
  init(row: Statement, of conversation: Identifier<Conversation>? = nil) throws {
    guard let role = Role(rawValue: row.text(6)), let type = Kind(rawValue: row.text(7)) else {
      throw StoreError.unreadable(
        noun: "message", detail: "unknown role or type \(row.text(6)), \(row.text(7))")
    }
    self.init(
      id: Identifier(row.text(0)), conversation: conversation ?? Identifier(row.text(1)), seq: row.integer(2),
      parent: row.optionalIdentifier(3), run: row.optionalIdentifier(4), agent: row.optionalIdentifier(5),
      role: role, type: type, text: row.text(8), parts: try row.optionalJSON(9, of: "message"),
      step: row.optionalText(11), branch: row.optionalInteger(12).map { Int($0) },
      createdAt: row.timestamp(10))
  }
}
