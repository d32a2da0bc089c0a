import Basics
import Model
import Providers
import Storage

extension Operation {
  private static let provider = Parameter(
    "provider", Schema.text.example("openai"), "Those of one provider, by name or alias.")

  static let listKeys = Operation(
    "listKeys", .keys, "Of a key at most its last four characters are shown, ever.", [provider],
    gives: .page(key), fails: pool)
  static let addKey = Operation(
    "addKey", .keys, "The same key again is the same key.",
    body: .json(
      ["provider": .text(1...64), "key": .text(1...4096)],
      example: ["provider": "openai", "key": "sk-example-1234567890"]),
    gives: .ok(key), .created(key), fails: pool + ["key_pool_full"])
  static let removeKey = Operation("removeKey", .keys, gives: .noContent, fails: ["key_not_found"])
  static let resetKey = Operation("resetKey", .keys, gives: .ok(key), fails: ["key_not_found"])
  static let listProviders = Operation("listProviders", .keys, gives: .page(row))
  static let keyMetrics = Operation(
    "keyMetrics", .keys, "In the words of the first gateways.", [provider],
    gives: .ok([
      "success": .constant(true), "currentKeyIndex": .integer, "totalKeys": .count,
      "metrics": .map(of: metrics),
    ]), fails: pool)
  static let resetKeys = Operation(
    "resetKeys", .keys, "", [provider],
    gives: .ok(["success": .constant(true), "message": .text, "keyCount": .count]), fails: pool)

  private static let pool = ["provider_unknown", "key_pool_none"]

  private static let key =
    ([
      "id": Schema.text.example("1f3a5c7e9b"), "provider": Schema.text.example("openai"), "position": .count,
      "masked": Schema.text.example("…7890"), "source": Schema.text.example("OPENAI_API_KEY"),
      "status": .words(KeyState.Condition.allCases.map(\.rawValue) + ["probing"]),
      "until": Schema.moment.orNull.example(.null), "strikes": .count.example(0), "uses": .count,
      "errors": .count.example(0), "lastUsed": Schema.moment.orNull,
      "lastFailure": Schema.text.orNull.example(.null),
      "callsInFlight": .count.example(0),
    ] as Schema).named("Key")

  private static let row =
    ([
      "name": Schema.text.example("openai"), "title": Schema.text.example("OpenAI"), "summary": .text,
      "aliases": .array(of: .text), "takesKeys": .flag, "totalKeys": .count, "healthyKeys": .count,
      "health": Schema.words(["healthy", "degraded", "critical"]).orNull, "callsInFlight": .count,
      "openCircuits": .array(of: .text),
    ] as Schema).named("Provider")

  private static let metrics: Schema = [
    "usageCount": .count, "errorCount": .count, "lastUsed": Schema.moment.orNull,
    "lastError": Schema.text.orNull, "status": .words(["healthy", "failed"]),
  ]
}

// MARK: - Usage, budgets, kept answers

extension Operation {
  static let sumUsage = Operation(
    "sumUsage", .usage,
    "A cost is null when nobody knows what any of the calls cost; `unpricedCalls` says of how many.",
    [
      Parameter("from", Schema.day, "The first day; \(UsageQuery.standard) days without it."),
      Parameter("to", Schema.day, "The last day; today without it."),
      Parameter(
        "group", Schema.text.example("day,model"),
        "What is summed apart: \(UsageDimension.allCases.map(\.rawValue).joined(separator: ", ")), with commas between."
      ),
      Parameter("agent", Schema.text.example("demo"), "Calls of one agent."),
      Parameter("provider", Schema.text.example("openai"), "Calls of one provider."),
      Parameter("model", Schema.text.example("gpt-4o-mini"), "Calls of one model."),
      Parameter("key", Schema.text.example("1f3a5c7e9b"), "Calls with one key."),
      Parameter("user", Schema.text.example("default"), "Calls of one user."),
    ],
    gives: .ok([
      "from": .day, "to": .day, "group": .array(of: .words(UsageDimension.self)),
      "items": .array(of: usageSum), "total": usageSum, "next": .null,
      "pricesOf": Schema.text.example("2026-11-21").about("The day of the prices."),
    ]), fails: ["provider_unknown"])

  static let listBudgets = Operation("listBudgets", .usage, gives: .page(BudgetStanding.schema))
  static let setBudget = Operation(
    "setBudget", .usage, body: .json(["dollars": .number(0...1_000_000).example(5)]),
    gives: .ok(BudgetStanding.schema), fails: ["agent_not_found", "key_not_found", "tenant_not_found"])
  static let removeBudget = Operation(
    "removeBudget", .usage, gives: .noContent, fails: ["invalid_field", "budget_not_found"])

  private static let choices = [
    Parameter("agent", Schema.text.example("demo"), "Those of one agent."),
    Parameter("provider", Schema.text.example("openai"), "Those of one provider."),
    Parameter("model", Schema.text.example("gpt-4o-mini"), "Those of one model."),
  ]
  static let listAnswers = Operation(
    "listAnswers", .answers, "Without their words: those are in the conversations that have them.",
    Parameter.paging + choices,
    gives: .ok(Schema.page(of: keptAnswer).adding(["entries": .count, "bytes": .count, "limit": .count])),
    fails: ["provider_unknown"])
  static let forgetAnswers = Operation(
    "forgetAnswers", .answers, "", choices, gives: .ok(["deleted": .count]), fails: ["provider_unknown"])
  static let forgetAnswer = Operation(
    "forgetAnswer", .answers, gives: .noContent, fails: ["answer_not_found"])

  private static let usageSum =
    ([
      "day?": Schema.day.orNull, "agent?": Schema.text.orNull, "agentVersion?": Schema.count.orNull,
      "provider?": Schema.text.orNull, "model?": Schema.text.orNull, "key?": Schema.text.orNull,
      "user?": Schema.text.orNull, "calls": .count, "cost": Schema.dollars.orNull, "unpricedCalls": .count,
      "estimatedCalls": .count, "cachedCalls": .count, "joinedCalls": .count, "savedCost": .dollars,
      "completedCalls": .count, "failedCalls": .count, "averageMs": Schema.count.orNull,
    ] as Schema).adding(Usage.members).named("UsageSum")

  private static let keptAnswer =
    ([
      "id": Schema.text.example("9c1e"), "provider": .text, "model": .text, "usage": Usage.schema.orNull,
      "cost": Schema.dollars.orNull, "bytes": .count, "hits": .count, "lastHitAt": Schema.moment.orNull,
      "createdAt": .moment, "expiresAt": .moment,
    ] as Schema).named("KeptAnswer")
}
