import Basics
import Model
import Storage
import WebServer
import Wire

/// The conversations that clients of the replaced systems name themselves.
enum ThreadRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/threads/{surface}/{id}",
      "the conversation that a client's own id means, `customer` and a session for instance; ?company= for `fsia`",
      .findThread,
      find)
  ]

  private static func find(_ request: Request, _ context: APIContext) async throws -> Response {
    let company = try request.query(.findThread)["company"]
    let name = ThreadName(
      surface: request.parameter("surface"), tenant: company ?? "default", key: request.parameter("id"))
    guard let conversation = try await context.store.read({ try $0.threads.find(name) }) else {
      throw APIError(
        "thread_not_found", "No client has a conversation \(name.key) on \(name.surface).",
        hint: "GET /api/conversations lists all.")
    }
    return .json([
      "surface": .string(name.surface), "id": .string(name.key), "conversation": .string(conversation.text),
    ])
  }
}
