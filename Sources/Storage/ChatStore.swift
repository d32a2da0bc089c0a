package import Basics
import Database
package import Model

/// Conversations about data sets and their messages, as clients of chats see them.
package struct ChatStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  private static let columns = """
    m.id, m.conversation, coalesce(c.role, CASE m.role WHEN 'agent' THEN 'assistant' ELSE m.role END), \
    coalesce(c.content, m.text), m.run, m.created_at
    """
  /// Neither thoughts nor steps nor calls of tools.
  private static let isSaid = "m.type = 'message' AND m.role <> 'tool'"
  static let ofChat = """
    SELECT * FROM (
      SELECT \(columns), m.seq FROM messages m LEFT JOIN chat_messages c ON c.message = m.id
      WHERE m.conversation = ?1 AND \(isSaid) ORDER BY m.seq DESC LIMIT ?2
    ) ORDER BY seq
    """
  static let ofDataset = """
    SELECT \(columns) FROM dataset_conversations d
    JOIN messages m ON m.conversation = d.conversation LEFT JOIN chat_messages c ON c.message = m.id
    WHERE d.tenant = ?1 AND d.dataset = ?2 AND \(isSaid) ORDER BY m.created_at DESC, m.id DESC LIMIT ?3
    """
  static let countQuestions = """
    SELECT count(*), sum(m.role = 'user') FROM dataset_conversations d
    JOIN messages m ON m.conversation = d.conversation WHERE d.tenant = ?1 AND d.dataset = ?2 AND \(isSaid)
    """
  static let put = """
    INSERT INTO chat_messages (message, role, content) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET role = coalesce(excluded.role, role), content = coalesce(excluded.content, content)
    """
  static let all = [ofChat, ofDataset, countQuestions, put]
}

extension ChatStore {
  static var statements: [String] { SQL.all }

  /// The newest messages of a chat, the oldest of them first.
  package func messages(of chat: Identifier<Conversation>, limit: Int = 1000) throws -> [ChatMessage] {
    let messages = try transaction.connection.rows(
      SQL.ofChat, .text(chat.text), .integer(Int64(limit))
    ) { ChatMessage(row: $0) }
    guard let path = try transaction.branches.selectedPath(of: chat) else { return messages }
    let onPath = Set(try transaction.messages.page(of: chat, on: path, limit: limit).items.map(\.id))
    return messages.filter { onPath.contains($0.id) }
  }

  /// The newest messages of all chats about a data set, the oldest of them first.
  package func messages(
    about id: Identifier<Dataset>, limit: Int, tenant: String = "default"
  ) throws -> [ChatMessage] {
    try transaction.connection.rows(
      SQL.ofDataset, .text(tenant), .text(id.text), .integer(Int64(limit))
    ) { ChatMessage(row: $0) }.reversed()
  }
}

extension ChatStore where Access == WriteTransaction {
  /// Stores a message that no run wrote, and tells of it.
  ///
  /// - Parameters:
  ///   - role: any word; what is not `user` or `system` is an agent's to the hub.
  ///   - content: a text, or the JSON of an object, of which the hub's own surfaces show the `text`.
  /// - Throws: `conversation_not_found`.
  @discardableResult
  package func add(
    role: String, content: String, to chat: Identifier<Conversation>
  ) throws -> ChatMessage {
    let ownRole: Message.Role = role == "user" ? .user : role == "system" ? .system : .agent
    let text = ChatMessage.readableText(of: content)
    let id: Identifier<Message> = transaction.newIdentifier()
    let end = try transaction.branches.selected(in: chat)
    let branch = end == 0 ? nil : end
    let parent = try transaction.messages.newest(in: chat, onPathTo: end)?.id
    let created = MessageCreated(role: ownRole, text: text, parent: parent, branch: branch)
    let event = try transaction.append(
      Event(conversation: chat, message: id, at: transaction.now, body: .messageCreated(created)))
    try transaction.messages.insert(
      Message(
        id: id, conversation: chat, seq: event.seq, parent: parent, role: ownRole, text: text,
        branch: branch, createdAt: transaction.now))
    let isOther = text != content
    if isOther || !["user", "system", "assistant"].contains(role) {
      try put(id, role: role, content: isOther ? content : nil)
    }
    return ChatMessage(id: id, chat: chat, role: role, content: content, createdAt: transaction.now)
  }

  /// Gives a message another content for clients of chats: a run's answer together with what belongs to it.
  package func keep(_ content: String, of message: Identifier<Message>) throws {
    try put(message, role: nil, content: content)
  }

  private func put(_ message: Identifier<Message>, role: String?, content: String?) throws {
    try transaction.connection.run(
      SQL.put, .text(message.text), DatabaseValue(role), DatabaseValue(content))
  }
}

extension ChatMessage {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) {
    self.init(
      id: Identifier(row.text(0)), chat: Identifier(row.text(1)), role: row.text(2), content: row.text(3),
      run: row.optionalIdentifier(4), createdAt: row.timestamp(5))
  }
}
