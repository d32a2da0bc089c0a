import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// InsightX: questions about data sets, answered stage by stage, and what a data set is about.
enum InsightXRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .post, "/api/chat/stream", "InsightX: analyses a question about a data set, as events", stream),
    RouteEntry(
      .post, "/api/api/chat/stream", "the same, for clients whose base address ends in `/api`", stream),
    RouteEntry(.post, "/api/agents/chat", "InsightX: the same, ended by `[DONE]`") { request, context in
      try await analyse(request, context, endsWithDone: true)
    },
    RouteEntry(.post, "/api/agents/context", "InsightX: tells what a data set is about", describe),
  ]

  private static func stream(_ request: Request, _ context: APIContext) async throws -> Response {
    try await analyse(request, context, endsWithDone: context.configuration.streamDone)
  }

  private static func analyse(
    _ request: Request, _ context: APIContext, endsWithDone: Bool
  ) async throws -> Response {
    let beginning = ContinuousClock.now
    let order: InsightXRequest
    do throws(InsightXRequest.Refusal) {
      order = try InsightXRequest(request.body)
    } catch {
      return .json(error.json, status: 400)
    }
    do {
      let run = try await begin(order, request, context)
      return try await SurfaceEndpoint(
        context: context, run: run, dialect: InsightXDialect(endsWithDone: endsWithDone), beginning: beginning
      ) { ending in await InsightXKeeper(context: context, run: run, order: order).keep(ending) }.response()
    } catch {
      return fault(error, request, context)
    }
  }

  private static func begin(
    _ order: InsightXRequest, _ request: Request, _ context: APIContext
  ) async throws -> Run {
    let (conversation, isNew) = try await context.store.write { store in
      let (conversation, isNew) = try InsightXChat.open(order.chat, title: order.message, in: store)
      try store.datasets.link(conversation, to: Identifier(order.session))
      return (conversation, isNew)
    }
    var invocation = Invocation(agent: Identifier("insightx"), text: order.message)
    invocation.conversation = conversation
    invocation.parameters = ["session_id": .string(order.session), "chat_id": .string(order.chat)]
    if isNew, !order.history.isEmpty {
      invocation.parameters["earlier"] = .string(
        "Earlier in this conversation:\n\(order.historyText)\n\nThe question now:\n")
    }
    return try await context.begin(invocation, on: "insightx", for: request)
  }

  /// What is wrong, under the names that both faces of the replaced system have for it.
  private static func fault(
    _ error: any Error, _ request: Request, _ context: APIContext
  ) -> Response {
    let status = context.answer(error, to: request).status
    let message = (error as? any CodedError)?.message ?? "The question could not be answered."
    return .json(["error": .string(message), "detail": .string(message)], status: status)
  }

  private static func describe(_ request: Request, _ context: APIContext) async throws -> Response {
    guard let session = (try? JSON.parse(request.body))?["sessionId"]?.string, !session.isEmpty else {
      return .json(["error": "Missing required field: sessionId"], status: 400)
    }
    do {
      let (description, isKept) = try await DatasetDescription.find(Identifier(session), context)
      var answer: JSONObject = ["success": true, "response": description.json]
      if isKept { answer["cached"] = true }
      return .json(.object(answer))
    } catch {
      _ = context.answer(error, to: request)
      let message = (error as? any CodedError)?.message ?? "The data set could not be described."
      return .json(["success": false, "error": .string(message)], status: 500)
    }
  }
}

/// The conversation of a chat.
enum InsightXChat {
  /// A chat that is there is gone on with; one that is not is made, under its own id where that is one.
  ///
  /// - Returns: the conversation, and whether nothing was said in it yet.
  static func open(
    _ chat: String, title: String, in store: WriteTransaction
  ) throws -> (Identifier<Conversation>, isNew: Bool) {
    let id = Identifier<Conversation>(chat)
    if try store.conversations.get(id) != nil {
      return (id, try store.messages.page(of: id, limit: 1).items.isEmpty)
    }
    let thread = ThreadName(surface: "insightx", key: chat)
    if let known = try store.threads.find(thread) {
      return (known, try store.messages.page(of: known, limit: 1).items.isEmpty)
    }
    let title = Conversation.title(fromFirstMessage: title)
    do {
      if isPlain(chat) { return (try store.conversations.create(id, title: title).id, true) }
    } catch StoreError.alreadyExists {
      // It was there and is deleted: its id is not used again.
    }
    return (try store.threads.open(thread, title: title), true)
  }

  private static func isPlain(_ id: String) -> Bool {
    (1...64).contains(id.utf8.count)
      && id.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || "-_".unicodeScalars.contains(scalar))
      }
  }
}
