import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// Field service: the internal stream, which trusts its caller, and the one that pages read.
enum FieldServiceRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .post, "/internal/chat/stream", "field service: answers a question as semantic events",
      .streamFieldService
    ) { request, context in try await stream(request, context) { FieldServiceDialect(conversation: $0) } },
    RouteEntry(
      .post, "/fsia/chat/stream", "field service: the same as its pages read it", .streamFieldServicePages
    ) {
      request, context in try await stream(request, context) { FieldServiceRelay(conversation: $0) }
    },
  ]

  private static func stream(
    _ request: Request, _ context: APIContext, _ dialect: (String) -> any SurfaceDialect
  ) async throws -> Response {
    let beginning = ContinuousClock.now
    let order: FieldServiceRequest
    do throws(BodyFaults) {
      order = try FieldServiceRequest(request.body)
    } catch {
      return .json(["detail": error.json], status: 422)
    }
    do {
      // Two companies may use the same name for a conversation, and must not meet in it.
      let thread = ThreadName(surface: "fsia", tenant: order.company, key: order.conversation)
      var invocation = Invocation(agent: Identifier("fsia"), text: order.message)
      invocation.parameters = [
        "company_id": .string(order.company), "user_id": .string(order.user),
        "conversation_id": .string(order.conversation),
      ]
      let run = try await context.begin(invocation, in: thread, for: request)
      return try await SurfaceEndpoint(
        context: context, run: run, dialect: dialect(order.conversation), beginning: beginning
      ).response()
    } catch {
      let answer = context.answer(error, to: request)
      let message = (error as? any CodedError)?.message ?? "The request could not be answered."
      return .json(["detail": .string(message)], status: answer.status)
    }
  }
}
