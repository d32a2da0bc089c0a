import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// Conversations: list, read, rename, delete, their messages and events.
enum ConversationRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(.get, "/api/conversations", "conversations, the one that changed last first", list),
    RouteEntry(.get, "/api/conversations/{id}", "one conversation", read),
    RouteEntry(.patch, "/api/conversations/{id}", "renames a conversation", rename),
    RouteEntry(.delete, "/api/conversations/{id}", "stops a conversation's runs and deletes it", delete),
    RouteEntry(.get, "/api/conversations/{id}/messages", "messages in order, paged both ways", messages),
    RouteEntry(
      .get, "/api/conversations/{id}/events", "events after a seq; live for Accept: text/event-stream", events
    ),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(known: RequestQuery.paging)
    let limit = try query.limit()
    let position = try query.listPosition()
    let page = try await context.store.read { try $0.conversations.page(after: position, limit: limit) }
    return .json(ListJSON(items: page.items, next: page.next?.text))
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    return .json(try await context.store.read { try $0.existing(id) })
  }

  private static func rename(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    let body = try RequestBody(request.body, known: ["title"])
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
    let query = try request.query(known: RequestQuery.paging)
    let limit = try query.limit()
    let start = try MessagePageStart(try query.direction())
    let page = try await context.store.read { store in
      _ = try store.existing(id)
      return switch start {
      case .after(let seq): try store.messages.page(of: id, after: seq, limit: limit)
      case .before(let seq): try store.messages.page(of: id, before: seq, limit: limit)
      }
    }
    return .json(ListJSON(items: page.items, next: page.next.map { "\($0)" }))
  }

  private static func events(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    if request.wantsEventStream {
      let position = try StreamPosition(of: request)
      _ = try await context.store.read { try $0.existing(id) }
      return EventStreamEndpoint.conversation(id, from: position)
    }
    let query = try request.query(known: ["limit", "after"])
    let limit = try query.limit()
    let after = try query.position("after") ?? 0
    let (head, page) = try await context.store.read { store in
      (try store.existing(id).seq, try store.events.page(of: id, after: after, limit: limit))
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

/// Where a page of messages begins.
private enum MessagePageStart {
  case after(Int64)
  case before(Int64)

  init(_ direction: RequestQuery.Direction?) throws(APIError) {
    switch direction {
    case nil: self = .after(0)
    case .after(let cursor): self = .after(try RequestQuery.position(cursor, "after"))
    case .before("end"): self = .before(.max)
    case .before(let cursor): self = .before(try RequestQuery.position(cursor, "before"))
    }
  }
}

extension RequestQuery {
  /// The cursor of a list that goes one way.
  func listPosition() throws(APIError) -> ListPosition? {
    switch try direction() {
    case nil: return nil
    case .after(let cursor):
      guard let position = ListPosition(text: cursor) else { throw .unknownCursor(cursor) }
      return position
    case .before: throw .oneWay
    }
  }
}

extension Request {
  /// The conversation that the path names.
  fileprivate var conversation: Identifier<Conversation> { Identifier(parameter("id")) }

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
