import Basics
package import WebServer
package import Wire

/// The one list of what the hub answers to. To add a surface is a file of entries and a line here.
package enum RouteTable {
  /// All lines, whatever the configuration; for `agenthub routes` and the README.
  package static let entries: [RouteEntry] =
    ProfileRoutes.entries + DashboardFiles.entries + SystemRoutes.entries + AgentRoutes.entries
    + AgentVersionRoutes.entries
    + ConversationRoutes.entries + BranchRoutes.entries + ThreadRoutes.entries + RatingRoutes.entries
    + SearchRoutes.entries + TransferRoutes.entries + ReplayRoutes.entries + InvokeRoutes.entries
    + RunRoutes.entries
    + KeyRoutes.entries
    + UsageRoutes.entries
    + BudgetRoutes.entries + ToolRoutes.entries + EmbeddingRoutes.entries + CacheRoutes.entries
    + BatchRoutes.entries + KnowledgeRoutes.entries + DocumentRoutes.entries
    + DatasetRoutes.entries + CodeRoutes.entries + ChatRoutes.entries
    + InsightXRoutes.entries + CustomerRoutes.entries + FieldServiceRoutes.entries
    + OpenAIRoutes.entries

  /// The lines that are served, with their answers.
  package static func routes(for context: APIContext) -> [Route] {
    entries.filter { $0.isServed(context.configuration) }.map {
      AnswerCompression.added(to: $0.route(for: context))
    }
  }
}

/// One line: method, path, what it is for, and who answers.
package struct RouteEntry: Sendable {
  typealias Answer = @Sendable (Request, APIContext) async throws -> Response

  package let method: HTTPMethod
  /// `/api/agents/{id}`
  package let pattern: String
  /// One sentence for the table.
  package let summary: String
  /// What it takes and gives.
  let operation: Operation
  var isServed: @Sendable (APIConfiguration) -> Bool = { _ in true }
  private let action: @Sendable (APIContext) -> RouteAction

  /// An answer that waits for something; what it throws becomes an error of the API.
  init(
    _ method: HTTPMethod, _ pattern: String, _ summary: String, _ operation: Operation,
    _ answer: @escaping Answer
  ) {
    self.method = method
    self.pattern = pattern
    self.summary = summary
    self.operation = operation
    action = { context in
      .async { request in
        do {
          return try await answer(request, context)
        } catch {
          return context.answer(error, to: request)
        }
      }
    }
  }

  /// An answer that takes the body while it comes, and bounds it itself.
  init(
    _ method: HTTPMethod, _ pattern: String, _ summary: String, _ operation: Operation,
    streamed answer: @escaping @Sendable (Request, BodyStream, APIContext) async -> Response
  ) {
    self.method = method
    self.pattern = pattern
    self.summary = summary
    self.operation = operation
    action = { context in .streamed(bodyLimit: .max) { await answer($0, $1, context) } }
  }

  /// An answer that needs no waiting, made on the loop.
  init(
    _ method: HTTPMethod, _ pattern: String, _ summary: String, _ operation: Operation,
    direct: @escaping @Sendable (APIContext) -> @Sendable (Request) -> Response
  ) {
    self.method = method
    self.pattern = pattern
    self.summary = summary
    self.operation = operation
    action = { .direct(direct($0)) }
  }

  func route(for context: APIContext) -> Route { Route(method, pattern, summary, action(context)) }
}

extension APIContext {
  /// The answer for an error. What is the caller's to mend keeps its own words; the hub's own faults are logged, and get the words
  /// that a surface promised for them.
  func answer(_ error: any Error, to request: Request, faultsAs text: String? = nil) -> Response {
    let status = ErrorTable.status(of: error)
    logFault(error, of: request, status)
    if let text, status.code >= 500 { return ErrorAnswer(error, as: text).response }
    return ErrorAnswer(error).response
  }

  /// Logs what is the hub's own fault.
  func logFault(_ error: any Error, of request: Request, _ status: HTTPStatus) {
    guard status == 500 else { return }
    log.write(
      .error, "A request failed.",
      ["request": request.id, "method": request.method.name, "path": request.path, "error": "\(error)"])
  }
}

extension Request {
  /// A part of the path that the pattern names; empty when it does not.
  func parameter(_ name: String) -> String { parameters[name] ?? "" }

  /// The query as name and value, with the names that an operation knows.
  func query(_ operation: Operation) throws(APIError) -> RequestQuery {
    try RequestQuery(
      query.map { ($0.name, $0.value) }, known: operation.queryNames, allowsOthers: operation.allowsOtherQuery
    )
  }
}
