import Basics
import Model
import Pipelines
import Providers
import Storage
import WebServer
import Wire

/// Budgets: list, set, take away.
enum BudgetRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/budgets", "what agents, tenants and keys may cost, and what of it is spent", .listBudgets,
      list),
    RouteEntry(
      .put, "/api/budgets/{scope}/{subject}/{period}",
      "sets the dollars that an agent, tenant or key may cost in a day or month", .setBudget, set),
    RouteEntry(
      .delete, "/api/budgets/{scope}/{subject}/{period}", "takes a limit away", .removeBudget, remove),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try request.query(.listBudgets)
    let standings = try await context.runs.budgets()
    return .json(["items": .array(standings.map(\.json)), "next": .null])
  }

  private static func set(_ request: Request, _ context: APIContext) async throws -> Response {
    let (scope, subject, period) = try place(request)
    let body = try RequestBody(request.body, for: .setBudget)
    try body.require("dollars")
    let dollars = try body.number("dollars") ?? 0
    try body.refuseUnknown()
    guard let limit = Cost(json: .number(dollars)), dollars <= 1_000_000 else {
      throw APIError.invalidValue("dollars", mustBe: "a number from 0 to 1000000")
    }
    try await check(scope, subject, context)
    let budget = Budget(scope: scope, subject: subject, period: period, limit: limit)
    return .json(try await context.runs.setBudget(budget).json)
  }

  private static func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    let (scope, subject, period) = try place(request)
    try await context.runs.removeBudget(scope, subject, period)
    return .noContent
  }

  /// Which budget the path names.
  private static func place(_ request: Request) throws(APIError) -> (Budget.Scope, String, Budget.Period) {
    func word<Word: RawRepresentable<String> & CaseIterable>(
      _ name: String, _ type: Word.Type
    ) throws(APIError) -> Word {
      guard let word = Word(rawValue: request.parameter(name)) else {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalidValue(name, mustBe: "one of \(words), not \(request.parameter(name))")
      }
      return word
    }
    return (
      try word("scope", Budget.Scope.self), request.parameter("subject"),
      try word("period", Budget.Period.self)
    )
  }

  /// A budget of what is not there would be a slip of the pen, and limit nothing.
  private static func check(_ scope: Budget.Scope, _ subject: String, _ context: APIContext) async throws {
    switch scope {
    case .agent:
      let id = Identifier<Agent>(subject)
      guard try await context.store.read({ try $0.agents.get(id) }) != nil else { throw APIError.noAgent(id) }
    case .key:
      guard context.runs.gate.keys.contains(where: { $0.id == subject }) else {
        throw APIError.notFound("key", subject, list: "/api/keys")
      }
    case .tenant:
      guard subject == "default" else {
        throw APIError("tenant_not_found", "There is no tenant \(subject).", hint: "There is one: default.")
      }
    }
  }
}
