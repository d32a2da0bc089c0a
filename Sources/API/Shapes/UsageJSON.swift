import Basics
import Model
import Storage

// Usage as REST shows it: tokens, and US dollars.

extension UsageSum {
  /// The sum after what it was grouped by. Its cost is null when nobody knows what any of its calls cost, and otherwise that of those
  /// that are known; `unpricedCalls` says how many are not.
  func json(_ dimensions: [UsageDimension]) -> JSON {
    var object: JSONObject = [:]
    for dimension in dimensions { object[dimension.rawValue] = member(dimension) }
    object["calls"] = .integer(calls)
    for member in (usage.json.object ?? [:]).members { object[member.name] = member.value }
    object["cost"] = calls > 0 && unpricedCalls == calls ? .null : cost.json
    object["unpricedCalls"] = .integer(unpricedCalls)
    object["estimatedCalls"] = .integer(estimatedCalls)
    object["cachedCalls"] = .integer(cachedCalls)
    object["joinedCalls"] = .integer(joinedCalls)
    object["savedCost"] = savedCost.json
    object["completedCalls"] = .integer(completedCalls)
    object["failedCalls"] = .integer(failedCalls)
    object["averageMs"] = completedCalls > 0 ? .integer(completedMilliseconds / completedCalls) : .null
    return .object(object)
  }

  private func member(_ dimension: UsageDimension) -> JSON {
    switch dimension {
    case .day: .optional(day?.text)
    // Empty for embeddings that no agent asked for.
    case .agent: agent.flatMap { $0.text.isEmpty ? nil : .string($0.text) } ?? .null
    case .agentVersion: agentVersion.map { .integer(Int64($0)) } ?? .null
    case .provider: .optional(provider)
    case .model: .optional(model)
    case .key: key.flatMap { $0.isEmpty ? nil : .string($0) } ?? .null
    case .user: .optional(user)
    }
  }

  /// Adds another sum to a total.
  mutating func add(_ other: UsageSum) {
    calls += other.calls
    unpricedCalls += other.unpricedCalls
    estimatedCalls += other.estimatedCalls
    usage = usage + other.usage
    cost = cost + other.cost
    cachedCalls += other.cachedCalls
    joinedCalls += other.joinedCalls
    savedCost = savedCost + other.savedCost
    completedCalls += other.completedCalls
    failedCalls += other.failedCalls
    completedMilliseconds += other.completedMilliseconds
  }
}

extension ConversationUsage {
  /// What a conversation took; its cost is null when nobody knows what any of its runs cost.
  func json(of conversation: Identifier<Conversation>) -> JSON {
    var object: JSONObject = ["conversation": .string(conversation.text), "runs": .integer(Int64(runs))]
    for member in (usage.json.object ?? [:]).members { object[member.name] = member.value }
    object["cost"] = runs > 0 && unpricedRuns == runs ? .null : cost.json
    object["unpricedRuns"] = .integer(Int64(unpricedRuns))
    return .object(object)
  }
}
