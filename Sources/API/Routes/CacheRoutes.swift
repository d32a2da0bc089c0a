import Basics
import Model
import Pipelines
import Providers
import Storage
import WebServer
import Wire

/// Answers that are kept: list, forget.
enum CacheRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/cache", "answers that are kept, the newest first; ?agent=, ?provider= and ?model= choose",
      .listAnswers,
      list
    ),
    RouteEntry(
      .delete, "/api/cache", "forgets answers; ?agent=, ?provider= and ?model= choose, else all",
      .forgetAnswers, forget),
    RouteEntry(.delete, "/api/cache/{id}", "forgets one answer", .forgetAnswer, forgetOne),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.listAnswers)
    let limit = try query.limit()
    let last = try query.position("after")
    let (selection, now) = (try selection(query), context.runs.gate.now())
    let (page, size) = try await context.store.read { store in
      (
        try store.cachedAnswers.page(selection, before: last, limit: limit, now: now),
        try store.cachedAnswers.size()
      )
    }
    return .json([
      "items": .array(page.items.map(\.json)), "next": .optional(page.next.map { "\($0)" }),
      "entries": .integer(size.entries), "bytes": .integer(size.bytes),
      "limit": .integer(context.runs.cacheLimit),
    ])
  }

  private static func forget(_ request: Request, _ context: APIContext) async throws -> Response {
    let selection = try selection(request.query(.forgetAnswers))
    return .json(["deleted": .integer(Int64(try await context.runs.forgetAnswers(selection)))])
  }

  private static func forgetOne(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.parameter("id")
    guard try await context.runs.forgetAnswers(digest: id) > 0 else {
      throw APIError(
        "answer_not_found", "There is no answer \(id).", hint: "GET /api/cache lists those there are.")
    }
    return .noContent
  }

  private static func selection(_ query: RequestQuery) throws(APIError) -> CachedAnswerSelection {
    var selection = CachedAnswerSelection(agent: query["agent"].map { Identifier($0) }, model: query["model"])
    guard let name = query["provider"] else { return selection }
    guard let row = ProviderTable.row(named: name) else {
      throw APIError("provider_unknown", "Unknown provider: \(name)", hint: "GET /api/providers lists them.")
    }
    selection.provider = row.name
    return selection
  }
}

extension CachedAnswer {
  /// An answer that is kept, without its words: those are in the conversations that have them.
  fileprivate var json: JSON {
    [
      "id": .string(digest), "provider": .string(provider), "model": .string(model),
      "usage": usage?.json ?? .null, "cost": cost?.json ?? .null, "bytes": .integer(bytes),
      "hits": .integer(hits), "lastHitAt": .optional(hitAt?.iso8601), "createdAt": .string(createdAt.iso8601),
      "expiresAt": .string(expiresAt.iso8601),
    ]
  }
}
