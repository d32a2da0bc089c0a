import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// The customer service: one message, answered whole or token by token, in a session that the client names.
enum CustomerRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(.post, "/chat", "customer service: answers a message of a session, whole", .chat, chat),
    RouteEntry(
      .post, "/chat/stream", "customer service: answers a message token by token", .streamChat, stream),
  ]

  private static func chat(_ request: Request, _ context: APIContext) async throws -> Response {
    try await answering(request, context) { customer, endpoint in
      let ending = await endpoint.ending()
      if let fault = CustomerFault(ending) {
        return .json(fault.json(session: customer.session), status: fault.status)
      }
      return .json([
        "response": .string(CustomerAnswer.text(ending.text)), "session_id": .string(customer.session),
      ])
    }
  }

  private static func stream(_ request: Request, _ context: APIContext) async throws -> Response {
    try await answering(request, context) { _, endpoint in try await endpoint.response() }
  }

  private static func answering(
    _ request: Request, _ context: APIContext,
    _ answer: (CustomerRequest, SurfaceEndpoint) async throws -> Response
  ) async throws -> Response {
    let beginning = ContinuousClock.now
    let customer: CustomerRequest
    do throws(BodyFaults) {
      customer = try CustomerRequest(request.body)
    } catch {
      return .json(["detail": error.json, "error": .string(error.message)], status: 422)
    }
    do {
      let thread = ThreadName(surface: "customer", key: customer.session)
      var invocation = Invocation(agent: Identifier("customer"), text: customer.message)
      invocation.parameters = ["session_id": .string(customer.session)]
      let run = try await context.begin(invocation, in: thread, for: request)
      let endpoint = SurfaceEndpoint(
        context: context, run: run, dialect: CustomerDialect(session: customer.session), beginning: beginning)
      return try await answer(customer, endpoint)
    } catch {
      _ = context.answer(error, to: request)  // logs what is the hub's own fault
      let fault = CustomerFault(code: (error as? any CodedError)?.code)
      return .json(fault.json(session: customer.session), status: fault.status)
    }
  }
}

extension APIContext {
  /// Starts a run in the conversation of a thread, which begins with its first message, and notes it in the log.
  func begin(
    _ invocation: Invocation, in thread: ThreadName, for request: Request
  ) async throws -> Run {
    var invocation = invocation
    let title = Conversation.title(fromFirstMessage: invocation.text)
    if let known = try await store.read({ try $0.threads.find(thread) }) {
      invocation.conversation = known
    } else {
      invocation.conversation = try await store.write { try $0.threads.open(thread, title: title) }
    }
    return try await begin(invocation, on: thread.surface, for: request)
  }

  /// Starts a run for a surface and notes it in the log, with the ids that the client gave.
  func begin(_ invocation: Invocation, on surface: String, for request: Request) async throws -> Run {
    let run = try await runs.invoke(invocation, isPromise: false)
    log.write(
      .info, "Chat request",
      [
        "surface": surface, "request": request.id, "run": run.id.text, "conversation": run.conversation.text,
        "client": run.clientNames,
      ])
    return run
  }
}
