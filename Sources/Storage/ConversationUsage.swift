package import Model

/// What the runs of a conversation took together.
package struct ConversationUsage: Equatable, Sendable {
  /// Runs that took something.
  package var runs = 0
  /// Those of them whose cost nobody knows.
  package var unpricedRuns = 0
  package var usage = Usage(inputTokens: 0, outputTokens: 0)
  /// Of the runs whose cost is known.
  package var cost = Cost.zero

  package init() {}

  mutating func add(_ usage: Usage?, _ cost: Cost?) {
    guard usage != nil || cost != nil else { return }
    runs += 1
    if let usage { self.usage = self.usage + usage }
    if let cost { self.cost = self.cost + cost } else { unpricedRuns += 1 }
  }
}
