import Basics
import Datasets
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// InsightX: questions about data sets, answered stage by stage, and what a data set is about.
enum InsightXRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .post, "/api/chat/stream", "InsightX: analyses a question about a data set, as events", .analyse, stream
    ),
    RouteEntry(
      .post, "/api/api/chat/stream", "the same, for clients whose base address ends in `/api`",
      .analyseUnderAPI, stream),
    RouteEntry(.post, "/api/agents/chat", "InsightX: the same, ended by `[DONE]`", .analyseToDone) {
      request, context in
      try await analyse(request, context, endsWithDone: true)
    },
    RouteEntry(
      .post, "/api/agents/context", "InsightX: tells what a data set is about", .describeDataset, describe),
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
    let conversation = try await context.workspace.chats.conversation(
      Identifier(order.chat), about: Identifier(order.session))
    let isNew = try await context.store.read { store in
      try store.messages.page(of: conversation, limit: 1).items.isEmpty
    }
    var invocation = Invocation(agent: Identifier("insightx"), text: order.message)
    invocation.conversation = conversation
    invocation.takesUpQuestion = true
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
      let (description, isKept) = try await InsightXContext.find(Identifier(session), context)
      var answer: JSONObject = ["success": true, "response": description]
      if isKept { answer["cached"] = true }
      return .json(.object(answer))
    } catch {
      _ = context.answer(error, to: request)
      let message = (error as? any CodedError)?.message ?? "The data set could not be described."
      return .json(["success": false, "error": .string(message)], status: 500)
    }
  }
}
