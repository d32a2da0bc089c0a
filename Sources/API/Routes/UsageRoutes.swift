import Basics
import Model
import Pipelines
import Providers
import Storage
import WebServer
import Wire

/// Usage: what calls took and cost, summed by day and whatever else is asked for.
enum UsageRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/usage", "tokens and dollars; ?from= and ?to= are days, ?group=day,model puts together",
      .sumUsage, sums
    ),
    RouteEntry(
      .get, "/api/conversations/{id}/usage", "tokens and dollars of a conversation's runs",
      .getConversationUsage, conversation),
  ]

  /// Sums in one answer: a year by day and ten models, and more.
  private static let most = 10_000

  private static func sums(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try UsageQuery(try request.query(.sumUsage), today: context.runs.gate.now().day)
    let selection = query.selection
    let sums = try await context.store.read { try $0.usage.sums(selection, limit: most + 1) }
    guard sums.count <= most else {
      throw APIError(
        "invalid_query", "These are more than \(most) sums.", hint: "Ask for fewer days, or group by less.")
    }
    var total = UsageSum()
    for sum in sums { total.add(sum) }
    return .json([
      "from": .string(selection.from.text), "to": .string(selection.to.text),
      "group": .array(query.dimensions.map { .string($0.rawValue) }),
      "items": .array(sums.map { $0.json(query.dimensions) }), "total": total.json([]), "next": .null,
      "pricesOf": .string(context.runs.prices.date),
    ])
  }

  private static func conversation(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<Conversation>(request.parameter("id"))
    let sum = try await context.store.read { store in
      _ = try store.existing(id)
      return try store.runs.usage(of: id)
    }
    return .json(sum.json(of: id))
  }
}
