import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// The front door for clients of OpenAI's API: every agent and every pipeline is a model.
enum OpenAIRoutes {
  static let entries: [RouteEntry] = [
    .openAI(.get, "/v1/models", "OpenAI's API: active agents and pipelines as models", .listModels, models),
    .openAI(.get, "/v1/models/{id}", "OpenAI's API: one of them, by id or name", .getModel, model),
    .openAI(
      .post, "/v1/chat/completions", "OpenAI's API: lets an agent answer; whole, or streamed in chunks",
      .completeChat, chat),
    .openAI(.post, "/v1/embeddings", "OpenAI's API: turns texts into vectors", .embed, embeddings),
  ]

  private static func models(_ request: Request, _ context: APIContext) async throws -> Response {
    let agents = try await context.store.read { try $0.agents.active() }
    return .json(["object": "list", "data": .array(agents.map(\.modelJSON))])
  }

  private static func model(_ request: Request, _ context: APIContext) async throws -> Response {
    let name = request.parameter("id")
    return .json(try await context.store.read { try $0.model(called: name) }.modelJSON)
  }

  private static func chat(_ request: Request, _ context: APIContext) async throws -> Response {
    let chat = try ChatRequest(request.body)
    var invocation = try await context.store.read { try chat.invocation(in: $0) }
    let key = try IdempotencyKey(of: request)
    invocation.key = key?.text
    let run = try await context.runs.invoke(invocation, isPromise: false)
    let endpoint = CompletionEndpoint(
      context: context, run: run, completion: ChatCompletion(run, model: chat.model),
      stopsWithReader: chat.conversation == nil && key == nil)
    guard chat.isStreamed else { return try await endpoint.whole(to: request) }
    return try await endpoint.stream(on: request.loop, includesUsage: chat.includesUsage)
  }

  private static func embeddings(_ request: Request, _ context: APIContext) async throws -> Response {
    let wanted = try EmbeddingsRequest(request.body)
    return .json(wanted.json(try await context.runs.embedder.embed(wanted.call)))
  }
}

extension RouteEntry {
  /// A route whose errors look as OpenAI's do.
  fileprivate static func openAI(
    _ method: HTTPMethod, _ pattern: String, _ summary: String, _ operation: Operation,
    _ answer: @escaping Answer
  ) -> RouteEntry {
    RouteEntry(method, pattern, summary, operation.failing(as: .openAI)) { request, context in
      do {
        return try await answer(request, context)
      } catch {
        let fault = OpenAIFault(error)
        context.logFault(error, of: request, fault.status)
        return fault.response
      }
    }
  }
}
