package import Basics

/// What an agent, a tenant or a key may cost in a day or a month.
package struct Budget: Equatable, Sendable {
  /// Whose calls count.
  package enum Scope: String, Sendable, CaseIterable {
    case agent, tenant, key
  }

  /// How long it lasts, by the calendar in UTC.
  package enum Period: String, Sendable, CaseIterable {
    case day, month

    /// The first day of the period that a day belongs to.
    package func begin(of day: Day) -> Day {
      switch self {
      case .day: day
      case .month: day.firstOfMonth
      }
    }

    /// The first day of the next period.
    package func end(of day: Day) -> Day {
      switch self {
      case .day: day.advanced(by: 1)
      case .month: day.firstOfNextMonth
      }
    }
  }

  package let scope: Scope
  /// The agent's id, the tenant's name, or the key's fingerprint.
  package let subject: String
  package let period: Period
  /// No call begins once this is reached; those under way go on.
  package var limit: Cost

  package init(scope: Scope, subject: String, period: Period, limit: Cost) {
    self.scope = scope
    self.subject = subject
    self.period = period
    self.limit = limit
  }
}

/// A budget and what of it is spent.
package struct BudgetStanding: Equatable, Sendable {
  package let budget: Budget
  /// Of calls that are over and whose cost is known.
  package let spent: Cost
  /// Calls that took something, nobody knows for how much: they do not count.
  package let unpricedCalls: Int64
  /// When it begins anew.
  package let until: Timestamp

  package init(budget: Budget, spent: Cost, unpricedCalls: Int64, until: Timestamp) {
    self.budget = budget
    self.spent = spent
    self.unpricedCalls = unpricedCalls
    self.until = until
  }

  /// Whether nothing is left.
  package var isReached: Bool { spent >= budget.limit }

  /// The standing as every surface shows it; money in US dollars.
  package var json: JSON {
    [
      "scope": .string(budget.scope.rawValue), "subject": .string(budget.subject),
      "period": .string(budget.period.rawValue), "dollars": budget.limit.json, "spent": spent.json,
      "unpricedCalls": .integer(unpricedCalls), "reached": .bool(isReached), "until": .string(until.iso8601),
    ]
  }
}
