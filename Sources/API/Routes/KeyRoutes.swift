import Basics
import Pipelines
import Providers
import WebServer
import Wire

/// Keys of providers: list, add, remove, reset.
enum KeyRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/keys", "keys of providers, how they are and why; ?provider= chooses", .listKeys, list),
    RouteEntry(.post, "/api/keys", "adds a key to a provider's pool, until the hub stops", .addKey, add),
    RouteEntry(
      .delete, "/api/keys/{id}", "takes a key out of its pool, until the hub stops", .removeKey, remove),
    RouteEntry(.post, "/api/keys/{id}/reset", "lets a key count as healthy again", .resetKey, reset),
    RouteEntry(
      .get, "/api/providers", "providers, what they can do and how they are", .listProviders, providers),
    RouteEntry(
      .get, "/api/admin/reset-keys", "counts of a provider's keys; ?provider= chooses", .keyMetrics, metrics),
    RouteEntry(.post, "/api/admin/reset-keys", "lets all keys count as healthy again", .resetKeys, resetAll),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.listKeys)
    let keys = try keys(of: query["provider"], context)
    return .json(["items": .array(keys.map(\.json)), "next": .null])
  }

  /// All keys, or those of one provider.
  private static func keys(of provider: String?, _ context: APIContext) throws -> [ShownKey] {
    guard let provider else { return context.runs.gate.keys }
    let row = try KeyError.pooled(provider)
    return context.runs.gate.keys.filter { $0.provider == row.name }
  }

  /// The same key again is the same key: no `Idempotency-Key` is needed, whose record would outlive the pool.
  private static func add(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body, for: .addKey)
    try body.require("provider", "key")
    try body.refuseUnknown()
    let provider = try body.text("provider", atMost: 64) ?? ""
    let secret = try body.text("key", atMost: 4096) ?? ""
    let before = context.runs.gate.keys.count
    let key = try context.runs.addKey(secret, to: provider)
    return .json(key.json, status: context.runs.gate.keys.count > before ? 201 : 200)
  }

  private static func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    try context.runs.gate.remove(request.parameter("id"))
    return .noContent
  }

  private static func reset(_ request: Request, _ context: APIContext) async throws -> Response {
    .json(try await context.runs.resetKey(request.parameter("id")).json)
  }

  private static func providers(_ request: Request, _ context: APIContext) async throws -> Response {
    let keys = context.runs.gate.keys
    let items = ProviderTable.rows.map { row in
      row.json(keys.filter { $0.provider == row.name }, context.runs.gate.condition(of: row.name))
    }
    return .json(["items": .array(items), "next": .null])
  }

  // MARK: As the first gateways had it

  /// Short keys look alike when they are masked, so the position goes before.
  private static func metrics(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.keyMetrics)
    let row = try KeyError.pooled(query["provider"] ?? "bytez")
    let keys = try keys(of: row.name, context)
    var metrics: JSONObject = [:]
    for key in keys { metrics["\(key.position) \(key.masked)"] = key.metrics }
    return .json([
      "success": true, "currentKeyIndex": .integer(Int64(context.runs.gate.currentKey(of: row.name))),
      "totalKeys": .integer(Int64(keys.count)), "metrics": .object(metrics),
    ])
  }

  private static func resetAll(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.resetKeys)
    let provider = try query["provider"].map { try KeyError.pooled($0).name }
    let count = try await context.runs.resetKeys(of: provider)
    return .json([
      "success": true, "message": "All API keys reset to healthy status", "keyCount": .integer(Int64(count)),
    ])
  }
}
