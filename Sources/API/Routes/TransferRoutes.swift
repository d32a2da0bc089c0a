import Basics
import Model
import Storage
import WebServer
import Wire

/// Conversations that are taken along: export and import.
enum TransferRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/conversations/{id}/export",
      "a conversation of any length as a file; ?format=json, jsonl or markdown", .exportConversation,
      exportOne),
    RouteEntry(.get, "/api/export", "all conversations as a file of JSON lines", .exportAll, exportAll),
    RouteEntry(
      .post, "/api/import",
      "takes an export back in, a conversation at a time; tells what was refused, and why",
      .importConversations,
      streamed: takeIn),
  ]

  private static func exportOne(_ request: Request, _ context: APIContext) async throws -> Response {
    let form = try request.query(.exportConversation).choice("format", of: ExportForm.self) ?? .json
    let id = Identifier<Conversation>(request.parameter("id"))
    return ExportEndpoint.one(try await context.store.read { try $0.existing(id) }, form, context)
  }

  enum WholeForm: String, CaseIterable { case jsonl }

  private static func exportAll(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try request.query(.exportAll).choice("format", of: WholeForm.self)
    return ExportEndpoint.all(context)
  }

  private static func takeIn(_ request: Request, _ body: BodyStream, _ context: APIContext) async -> Response
  {
    do {
      _ = try request.query(.importConversations)
      var reader = ImportReader(store: context.store)
      return .json(try await reader.read(body))
    } catch {
      return context.answer(error, to: request)
    }
  }
}
