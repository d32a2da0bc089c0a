import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// Conversations: list, read, rename, delete, their messages and events.
enum ConversationRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/conversations", "conversations, the one that changed last first, paged both ways",
      .listConversations, list),
    RouteEntry(.get, "/api/conversations/{id}", "one conversation", .getConversation, read),
    RouteEntry(.patch, "/api/conversations/{id}", "renames a conversation", .renameConversation, rename),
    RouteEntry(
      .delete, "/api/conversations/{id}", "stops a conversation's runs and deletes it", .deleteConversation,
      delete),
    RouteEntry(
      .get, "/api/conversations/{id}/messages",
      "messages of the conversation's path in order, paged both ways; ?branch=all, or a branch's number",
      .listMessages, messages),
    RouteEntry(
      .get, "/api/conversations/{id}/events", "events after a seq; live for Accept: text/event-stream",
      .listEvents, events
    ),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.listConversations)
    let limit = try query.limit()
    let start = try query.start(RequestQuery.listPosition)
    let page = try await context.store.read { store in
      switch start {
      case .after(let position): try store.conversations.page(after: position, limit: limit)
      case .before(let position): try store.conversations.page(before: position, limit: limit)
      }
    }
    return .json(ListJSON(items: page.items, next: page.next?.text))
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    return .json(try await context.store.read { try $0.existing(id) })
  }

  private static func rename(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    let body = try RequestBody(request.body, for: .renameConversation)
    guard body.has("title") else { throw APIError("missing_field", "Missing required fields: title") }
    let title = try body.text("title", atMost: 500)
    try body.refuseUnknown()
    let conversation = try await context.store.write { store in
      _ = try store.existing(id)
      return try store.conversations.rename(id, to: title)
    }
    return .json(conversation)
  }

  /// Whoever deletes a conversation wants no more of it, so its runs are stopped instead of standing in the way.
  private static func delete(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    let runs = try await context.store.read { store in
      _ = try store.existing(id)
      return try store.runs.unfinished(in: id)
    }
    // The newest first, so that none of them gets its turn by the end of the one before.
    for run in runs.reversed() { _ = try await context.runs.stop(run.id) }
    try await context.store.write { store in
      _ = try store.existing(id)
      try store.conversations.delete(id)
    }
    return .noContent
  }

  /// `next` goes on in the direction that was asked for: from the beginning with `after`, from the end with `before=end`.
  private static func messages(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    let query = try request.query(.listMessages)
    let limit = try query.limit()
    let start = try query.start(RequestQuery.position)
    let choice = try BranchChoice(query)
    let body = try await context.store.read { store in
      // Written where it is read: 50 messages as nouns on their way to this thread would cost twice as much.
      var writer = JSONWriter(capacity: 640 * limit)
      writer.beginObject()
      writer.key("items")
      let path = try choice.path(in: id, store)
      let page =
        switch (start, path) {
        case (.after(let seq), nil):
          try store.messages.writePage(of: id, after: seq ?? 0, limit: limit, into: &writer)
        case (.before(let seq), nil):
          try store.messages.writePage(of: id, before: seq, limit: limit, into: &writer)
        case (.after(let seq), let path?):
          writer.page(try store.messages.page(of: id, on: path, after: seq ?? 0, limit: limit))
        case (.before(let seq), let path?):
          writer.page(try store.messages.page(of: id, on: path, before: seq, limit: limit))
        }
      // A message proves its conversation.
      if page.count == 0 { _ = try store.existing(id) }
      writer.member("next", orNull: page.next.map { "\($0)" })
      writer.endObject()
      return writer.bytes
    }
    return .json(bytes: body)
  }

  private static func events(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    if request.wantsEventStream {
      let position = try StreamPosition(of: request)
      _ = try await context.store.read { try $0.existing(id) }
      return EventStreamEndpoint.conversation(id, from: position)
    }
    let query = try request.query(.listEvents)
    let limit = try query.limit()
    let after = try query.position("after") ?? 0
    let (head, page) = try await context.store.read { store in
      let head = try store.existing(id).seq
      guard after <= head else { throw APIError.beyond(head, after: after) }
      return (head, try store.events.page(of: id, after: after, limit: limit))
    }
    var writer = JSONWriter(capacity: 256 * (page.items.count + 1))
    writer.beginObject()
    writer.member("conversation", id.text)
    writer.member("epoch", context.store.epoch)
    writer.member("seq", head)
    writer.key("items")
    writer.beginArray()
    for event in page.items { writer.raw(event.json()) }
    writer.endArray()
    writer.member("next", orNull: page.next.map { "\($0)" })
    writer.endObject()
    return .json(bytes: writer.bytes)
  }
}

extension JSONWriter {
  /// Writes the messages of a page as an array.
  fileprivate mutating func page(_ page: Page<Message, Int64>) -> WrittenPage {
    beginArray()
    for message in page.items { message.write(into: &self) }
    endArray()
    return WrittenPage(count: page.items.count, next: page.next)
  }
}

/// Where a page of a list that is read both ways begins: behind a position, or the list's own beginning or end.
enum PageStart<Position: Sendable>: Sendable {
  case after(Position?)
  case before(Position?)
}

extension RequestQuery {
  /// Where the page begins, by cursors that `read` understands; `before=end` is the list's end.
  func start<Position>(
    _ read: (String, String) throws(APIError) -> Position
  ) throws(APIError) -> PageStart<Position> {
    switch try direction() {
    case nil: .after(nil)
    case .after(let cursor): .after(try read(cursor, "after"))
    case .before("end"): .before(nil)
    case .before(let cursor): .before(try read(cursor, "before"))
    }
  }
}

extension APIError {
  /// A position that this log has not given out: an empty page would let its owner wait for events that it counts as seen.
  fileprivate static func beyond(_ head: Int64, after: Int64) -> Self {
    Self(
      "invalid_position", "after is \(after), but the newest event of the conversation has seq \(head).",
      hint: "The position is from another hub or an older copy of the data; read again from after=0.")
  }
}

extension Request {
  /// The conversation that the path names.
  var conversation: Identifier<Conversation> { Identifier(parameter("id")) }

  /// Whether the client asks for a stream of events by its Accept field.
  var wantsEventStream: Bool {
    fields.list("Accept").contains { $0.lowercased().hasPrefix("text/event-stream") }
  }
}

extension Transaction {
  /// A conversation that must be there.
  ///
  /// - Throws: `conversation_not_found`.
  func existing(_ id: Identifier<Conversation>) throws -> Conversation {
    guard let conversation = try conversations.get(id) else {
      throw APIError.notFound("conversation", id.text, list: "/api/conversations")
    }
    return conversation
  }
}
