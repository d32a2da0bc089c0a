import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// `POST /api/invoke`: stores a message, lets an agent answer it, and answers when the run is over, at once, or as a stream.
///
/// A client that leaves stops nothing; the run ends by itself or by its own stop call.
enum InvokeRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .post, "/api/invoke", "lets an agent answer a message; whole, in the background, or as an event stream",
      .invoke,
      invoke)
  ]

  private static func invoke(_ request: Request, _ context: APIContext) async throws -> Response {
    let order = try InvokeOrder(request)
    return try await answer(order.delivery, to: request, context) {
      try await context.runs.invoke(order.invocation, isPromise: order.delivery == .background)
    }
  }

  /// Answers with a run, in the way that the request wants.
  static func answer(
    _ delivery: InvokeOrder.Delivery, to request: Request, _ context: APIContext,
    begin: () async throws -> Run
  ) async throws -> Response {
    let run: Run
    do {
      run = try await begin()
    } catch {
      return context.answer(error, to: request, faultsAs: failureText)
    }
    switch delivery {
    case .background: return .json(run, status: 202)
    case .stream: return try await EventStreamEndpoint.run(run, context)
    case .whole:
      do {
        return try await answer(to: context.runs.rest(of: run.id), context)
      } catch {
        return context.answer(error, to: request, faultsAs: failureText)
      }
    }
  }

  private static let failureText = "Agent invocation failed"

  private static func answer(to run: Run, _ context: APIContext) async throws -> Response {
    if run.status == .waiting, !context.readiness.isDraining { return try await waiting(run, context) }
    let message = try await context.store.read { try $0.messages.get(run.output) }
    var members: JSONObject = [
      "conversationId": .string(run.conversation.text), "messageId": .optional(message?.id.text),
      "runId": .string(run.id.text),
    ]
    guard run.status != .completed else {
      var object: JSONObject = ["success": true, "response": .string(message?.text ?? "")]
      for member in members.members { object[member.name] = member.value }
      return .json(.object(object))
    }
    members["response"] = .optional(message?.text)
    var failure = failure(of: run)
    failure.more = members
    return failure.response
  }

  /// Nobody knows when somebody will decide, so the answer does not wait for that.
  private static func waiting(_ run: Run, _ context: APIContext) async throws -> Response {
    let approvals = try await context.store.read { try $0.approvals(of: run) }
    return .json(
      [
        "success": false, "status": .string(run.status.rawValue),
        "conversationId": .string(run.conversation.text), "runId": .string(run.id.text),
        "approvals": .array(approvals),
        "hint": .string("POST /api/runs/\(run.id)/approve decides; the answer is then in the conversation."),
      ], status: 202)
  }

  /// How a run that did not complete is told; what it had written stands beside it.
  private static func failure(of run: Run) -> ErrorAnswer {
    switch run.status {
    case .stopped:
      return ErrorAnswer(
        409, code: "run_stopped", error: "The run was stopped.", hint: "What it had written is in response.")
    case .failed:
      // A spent budget is nobody's fault, and comes back.
      let status: HTTPStatus = run.error?.code == "budget_exhausted" ? 429 : 500
      var answer = ErrorAnswer(
        status, code: run.error?.code ?? "internal", error: failureText, hint: run.error?.hint)
      // The pages of Agent Nexus show nothing but the details, so what to try belongs into them as well.
      answer.details = run.error?.advice ?? "The run failed."
      return answer
    case .interrupted:
      var answer = ErrorAnswer(503, code: "interrupted", error: failureText, hint: run.error?.hint)
      answer.details = run.error?.message ?? "The hub stopped while the run was working."
      return answer
    case .queued, .running, .waiting, .completed:
      // Only a hub that goes down answers before the end; what is queued goes on when it is back.
      var answer = ErrorAnswer(RunError.draining, as: failureText)
      answer.hint = "The run goes on when the hub is back; GET /api/runs/\(run.id) tells."
      return answer
    }
  }
}

/// What a body of `POST /api/invoke` asks for.
struct InvokeOrder: Sendable {
  /// How the answer is wanted.
  enum Delivery: Equatable, Sendable {
    case whole
    case background
    case stream
  }

  let invocation: Invocation
  let delivery: Delivery

  init(_ request: Request) throws(APIError) {
    try self.init(
      request.body, key: try IdempotencyKey(of: request)?.text, acceptsStream: request.wantsEventStream)
  }

  init(_ bytes: [UInt8], key: String? = nil, acceptsStream: Bool = false) throws(APIError) {
    let body = try RequestBody(bytes, for: .invoke)
    try body.require("agentId", "message")
    guard let agent = try body.text("agentId"), let message = try body.text("message") else {
      throw APIError("missing_field", "Missing required fields: agentId, message")
    }
    var invocation = Invocation(agent: Identifier(agent), text: message)
    // The Agent Nexus pages may send an empty id for none.
    invocation.conversation = try body.text("conversationId").flatMap { $0.isEmpty ? nil : Identifier($0) }
    invocation.onBusy = try body.choice("onBusy", of: BusyPolicy.self) ?? .enqueue
    invocation.cache = try body.choice("cache", of: CacheUse.self) ?? .use
    invocation.key = key
    invocation.images = try body.images("images")
    invocation.parameters = try body.object("parameters") ?? [:]
    delivery = try body.delivery(acceptsStream: acceptsStream)
    try body.refuseUnknown()
    self.invocation = invocation
  }
}

extension RequestBody {
  /// How `stream`, `background` and the Accept field want an answer.
  func delivery(acceptsStream: Bool) throws(APIError) -> InvokeOrder.Delivery {
    let (streams, isBackground) = (try flag("stream"), try flag("background"))
    guard !(streams && isBackground) else {
      throw APIError("invalid_field", "stream and background exclude each other.", hint: "Send one of them.")
    }
    return isBackground ? .background : streams || acceptsStream ? .stream : .whole
  }
}
