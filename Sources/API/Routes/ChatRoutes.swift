import Basics
import Datasets
import Model
import WebServer
import Wire

/// Chats about data sets, which are conversations, and their messages.
enum ChatRoutes {
  static let entries: [RouteEntry] = [
    .detailed(.post, "/api/chats", "begins a chat about a data set", .createChat, create),
    .detailed(.get, "/api/chats/{session_id}", "chats about a data set, the newest first", .listChats, list),
    .detailed(.post, "/api/messages", "stores a message of a chat", .addChatMessage, add),
    .detailed(
      .get, "/api/messages/{chat_id}", "messages of a chat, the oldest first", .listChatMessages, messages),
    .detailed(
      .get, "/api/messages/session/{session_id}",
      "the newest messages of all chats about a data set; ?limit=", .listSessionMessages,
      sessionMessages),
  ]

  private static func create(_ request: Request, _ context: APIContext) async throws -> Response {
    var body = try ModelBody(request.body)
    let session = Identifier<Dataset>(body.text("session_id"))
    let title = body.text("title", or: DatasetChats.standardTitle)
    try body.check()
    let chat = try await context.workspace.chats.create(about: session, title: String(title.prefix(500)))
    return .json(json(of: chat, session))
  }

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let session = Identifier<Dataset>(request.parameter("session_id"))
    let chats = try await context.workspace.chats.chats(about: session)
    return .json(.array(chats.map { json(of: $0, session) }))
  }

  private static func add(_ request: Request, _ context: APIContext) async throws -> Response {
    var body = try ModelBody(request.body)
    let chat = Identifier<Conversation>(body.text("chat_id"))
    let role = body.text("role")
    let content = body.value("content")
    try body.check()
    let message = try await context.workspace.chats.add(
      role: String(role.prefix(100)), content: content.string ?? content.text, to: chat)
    return .json(json(of: message))
  }

  private static func messages(_ request: Request, _ context: APIContext) async throws -> Response {
    let chat = Identifier<Conversation>(request.parameter("chat_id"))
    return .json(.array(try await context.workspace.chats.messages(of: chat).map(json)))
  }

  private static func sessionMessages(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.listSessionMessages)
    let limit = query["limit"] == nil ? standardLimit : try query.limit()
    let session = Identifier<Dataset>(request.parameter("session_id"))
    let messages = try await context.workspace.chats.messages(about: session, limit: limit)
    return .json(.array(messages.map(json)))
  }

  private static let standardLimit = 5

  private static func json(of chat: Conversation, _ session: Identifier<Dataset>) -> JSON {
    [
      "id": .string(chat.id.text), "session_id": .string(session.text), "title": .optional(chat.title),
      "created_at": .string(chat.createdAt.iso8601),
    ]
  }

  private static func json(of message: ChatMessage) -> JSON {
    [
      "id": .string(message.id.text), "chat_id": .string(message.chat.text), "role": .string(message.role),
      "content": .string(message.content), "created_at": .string(message.createdAt.iso8601),
    ]
  }
}
