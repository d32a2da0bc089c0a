import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// Branches of conversations: other answers, other questions, copies; which way a conversation goes.
enum BranchRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .post, "/api/conversations/{id}/regenerate",
      "answers a question again, by another agent if one is given; the earlier answer stays", .regenerate,
      regenerate),
    RouteEntry(
      .post, "/api/conversations/{id}/edit",
      "asks a question in other words; the earlier one stays, with all that followed", .edit, edit),
    RouteEntry(
      .post, "/api/conversations/{id}/select",
      "lets the conversation go through a message, a run or a branch",
      .select, select),
    RouteEntry(
      .post, "/api/conversations/{id}/fork", "copies a conversation, up to a message if one is given", .fork,
      fork),
    RouteEntry(
      .get, "/api/conversations/{id}/tree", "branches, forks and messages' places, without their texts",
      .getTree, tree),
  ]

  private static func regenerate(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body, for: .regenerate)
    try body.require("messageId")
    return try await begin(.answer, body, request, context)
  }

  private static func edit(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body, for: .edit)
    try body.require("messageId", "message")
    let text = try body.text("message") ?? ""
    return try await begin(.question(text: text, images: try body.images("images")), body, request, context)
  }

  private static func begin(
    _ change: BranchOrder.Change, _ body: RequestBody, _ request: Request, _ context: APIContext
  ) async throws -> Response {
    let message = Identifier<Message>(try body.text("messageId") ?? "")
    var order = BranchOrder(request.conversation, message, change)
    order.agent = try body.text("agentId").map { Identifier($0) }
    order.cache = try body.choice("cache", of: CacheUse.self)
    order.parameters = try body.object("parameters")
    order.onBusy = try body.choice("onBusy", of: BusyPolicy.self) ?? .reject
    guard order.onBusy != .enqueue else {
      throw APIError(
        "invalid_field", "onBusy must be one of reject, interrupt.",
        hint: "A branch begins where all answers before it are known, so it cannot wait for them.")
    }
    order.key = try IdempotencyKey(of: request)?.text
    let delivery = try body.delivery(acceptsStream: request.wantsEventStream)
    try body.refuseUnknown()
    let final = order
    return try await InvokeRoutes.answer(delivery, to: request, context) {
      try await context.runs.branch(final, isPromise: delivery == .background)
    }
  }

  private static func select(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    let body = try RequestBody(request.body, for: .select)
    let targets: [BranchTarget] = [
      try body.text("messageId").map { .message(Identifier($0)) },
      try body.text("runId").map { .run(Identifier($0)) }, try body.integer("branch").map { .branch($0) },
    ].compactMap(\.self)
    try body.refuseUnknown()
    guard let target = targets.first, targets.count == 1 else {
      throw APIError(
        "missing_field", "One of messageId, runId and branch is needed.",
        hint: "GET /api/conversations/\(id)/tree lists the branches.")
    }
    let tree = try await context.store.write { store in
      _ = try store.existing(id)
      return try store.select(target, in: id)
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("conversation", id.text)
    writer.members(of: tree)
    writer.endObject()
    return .json(bytes: writer.bytes)
  }

  private static func fork(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    let bytes = request.body.isEmpty ? Array("{}".utf8) : request.body
    let body = try RequestBody(bytes, for: .fork)
    let message = try body.text("messageId").map { Identifier<Message>($0) }
    let title = try body.text("title", atMost: 500)
    try body.refuseUnknown()
    let order = ForkOrder(
      conversation: id, message: message, title: title, key: try IdempotencyKey(of: request)?.text)
    return .json(try await context.store.write { try order.enter(in: $0) }, status: 201)
  }

  private static func tree(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.conversation
    let query = try request.query(.getTree)
    let limit = try query.limit()
    let start = try query.start(RequestQuery.position)
    return .json(
      bytes: try await context.store.read { store in
        _ = try store.existing(id)
        let page =
          switch start {
          case .after(let seq): try store.messages.page(of: id, after: seq ?? 0, limit: limit)
          case .before(let seq): try store.messages.page(of: id, before: seq, limit: limit)
          }
        return try ConversationTree(of: id, page, in: store).jsonBytes
      })
  }
}
