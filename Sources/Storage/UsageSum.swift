package import Basics
package import Model

/// What usage can be grouped by; the raw value is its name in queries and answers.
package enum UsageDimension: String, Sendable, CaseIterable {
  case day, agent, agentVersion, provider, model, key, user
}

/// Which usage is summed, and how.
package struct UsageSelection: Equatable, Sendable {
  package var from: Day
  /// The last day that counts.
  package var to: Day
  /// One sum for each of what these have together; none gives one sum of all.
  package var dimensions: Set<UsageDimension> = []
  /// Only what this agent took; nil for any, as in the next four.
  package var agent: Identifier<Agent>?
  package var provider: String?
  package var model: String?
  /// A key's fingerprint.
  package var key: String?
  package var user: String?

  package init(from: Day, to: Day) {
    self.from = from
    self.to = to
  }
}

/// What calls took together, and what they have in common.
package struct UsageSum: Equatable, Sendable {
  package var day: Day?
  package var agent: Identifier<Agent>?
  package var agentVersion: Int?
  package var provider: String?
  package var model: String?
  package var key: String?
  package var user: String?
  package var calls: Int64 = 0
  /// Calls that took something, nobody knows for how much.
  package var unpricedCalls: Int64 = 0
  /// Calls whose tokens are counted roughly.
  package var estimatedCalls: Int64 = 0
  package var usage = Usage(inputTokens: 0, outputTokens: 0)
  /// Of the calls whose cost is known.
  package var cost = Cost.zero
  /// Answers that the hub had; not among the calls, nor are the next.
  package var cachedCalls: Int64 = 0
  /// Answers that another run was just getting.
  package var joinedCalls: Int64 = 0
  /// What those would have cost, as far as it is known.
  package var savedCost = Cost.zero
  /// Calls that brought a whole answer; what was stopped or cut is in neither this nor the next.
  package var completedCalls: Int64 = 0
  /// Calls that ended with an error.
  package var failedCalls: Int64 = 0
  /// What the completed calls took together.
  package var completedMilliseconds: Int64 = 0

  package init(
    day: Day? = nil, agent: Identifier<Agent>? = nil, agentVersion: Int? = nil, provider: String? = nil,
    model: String? = nil, key: String? = nil, user: String? = nil
  ) {
    self.day = day
    self.agent = agent
    self.agentVersion = agentVersion
    self.provider = provider
    self.model = model
    self.key = key
    self.user = user
  }
}
