package import Basics
import Database
package import Model

/// What agents, tenants and keys may cost, and how much of that is spent.
package struct BudgetStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = "scope, subject, period, amount"
  static let list = "SELECT \(columns) FROM budgets WHERE tenant = ?1 ORDER BY scope, subject, period"
  static let matching = """
    SELECT \(columns) FROM budgets
    WHERE tenant = ?1 AND (scope, subject) IN (VALUES ('agent', ?2), ('key', ?3), ('tenant', ?1))
    """
  static let exists = "SELECT 1 FROM budgets LIMIT 1"
  static let put = """
    INSERT INTO budgets (tenant, \(columns), changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO UPDATE SET amount = excluded.amount, changed_at = excluded.changed_at
    """
  static let delete = """
    DELETE FROM budgets WHERE tenant = ?1 AND scope = ?2 AND subject = ?3 AND period = ?4
    """
  static let all = [list, matching, exists, put, delete]
}

extension BudgetStore {
  static var statements: [String] { SQL.all }

  /// Whether there is any budget at all.
  package func exist() throws -> Bool {
    try transaction.connection.first(SQL.exists) { _ in true } ?? false
  }

  /// All budgets as they stand on a day.
  package func standings(on day: Day, tenant: String = "default") throws -> [BudgetStanding] {
    try transaction.connection.rows(SQL.list, .text(tenant)) { try Budget(row: $0) }
      .map { try standing($0, on: day, tenant) }
  }

  /// Those that a call of an agent with a key counts for.
  package func standings(
    of agent: Identifier<Agent>, key: String?, on day: Day, tenant: String = "default"
  ) throws -> [BudgetStanding] {
    try transaction.connection.rows(SQL.matching, .text(tenant), .text(agent.text), DatabaseValue(key)) {
      try Budget(row: $0)
    }
    .map { try standing($0, on: day, tenant) }
  }

  /// How a budget stands on a day.
  package func standing(_ budget: Budget, on day: Day, _ tenant: String = "default") throws -> BudgetStanding
  {
    var selection = UsageSelection(from: budget.period.begin(of: day), to: day)
    switch budget.scope {
    case .agent: selection.agent = Identifier(budget.subject)
    case .key: selection.key = budget.subject
    case .tenant: break
    }
    let sum = try transaction.usage.sums(selection, tenant: tenant, limit: 1).first
    return BudgetStanding(
      budget: budget, spent: sum?.cost ?? .zero, unpricedCalls: sum?.unpricedCalls ?? 0,
      until: budget.period.end(of: day).start)
  }
}

extension BudgetStore where Access == WriteTransaction {
  /// Sets what something may cost from now on.
  package func put(_ budget: Budget, tenant: String = "default") throws {
    try transaction.connection.run(
      SQL.put, .text(tenant), .text(budget.scope.rawValue), .text(budget.subject),
      .text(budget.period.rawValue),
      .integer(budget.limit.picodollars), .integer(transaction.now.milliseconds))
  }

  /// Takes a limit away.
  ///
  /// - Throws: `budget_not_found`.
  package func delete(
    _ scope: Budget.Scope, _ subject: String, _ period: Budget.Period, tenant: String = "default"
  ) throws {
    let count = try transaction.connection.run(
      SQL.delete, .text(tenant), .text(scope.rawValue), .text(subject), .text(period.rawValue))
    guard count == 1 else {
      throw StoreError.notFound(noun: "budget", id: "\(scope.rawValue)/\(subject)/\(period.rawValue)")
    }
  }

  /// The budgets that a call has just brought to their end. Asked in the transaction that counts the call, right after it.
  package func reached(by attempt: Attempt) throws -> [BudgetStanding] {
    guard let cost = attempt.cost, cost > .zero, try exist() else { return [] }
    let day = (attempt.finishedAt ?? transaction.now).day
    return try standings(of: attempt.agent, key: attempt.key, on: day).filter { standing in
      standing.isReached && standing.spent.picodollars - cost.picodollars < standing.budget.limit.picodollars
    }
  }
}

extension Budget {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let scope = Scope(rawValue: row.text(0)), let period = Period(rawValue: row.text(2)) else {
      throw StoreError.unreadable(noun: "budget", detail: "unknown kind \(row.text(0)) \(row.text(2))")
    }
    self.init(
      scope: scope, subject: row.text(1), period: period, limit: Cost(picodollars: row.integer(3)))
  }
}
