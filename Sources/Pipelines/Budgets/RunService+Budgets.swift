import Basics
package import Model
import Providers
import Storage

// Budgets as an operator sets them.

extension RunService {
  /// All budgets as they stand now.
  package nonisolated func budgets() async throws -> [BudgetStanding] {
    let day = gate.now().day
    return try await store.read { try $0.budgets.standings(on: day) }
  }

  /// Sets what an agent, a tenant or a key may cost; counts what is spent already.
  ///
  /// - Throws: what the store throws.
  package nonisolated func setBudget(_ budget: Budget) async throws -> BudgetStanding {
    let day = gate.now().day
    let standing = try await store.write { store in
      try store.budgets.put(budget)
      return try store.budgets.standing(budget, on: day)
    }
    try await changedBudget(budget.scope, budget.subject)
    return standing
  }

  /// Takes a limit away.
  ///
  /// - Throws: `budget_not_found`.
  package nonisolated func removeBudget(
    _ scope: Budget.Scope, _ subject: String, _ period: Budget.Period
  ) async throws {
    try await store.write { try $0.budgets.delete(scope, subject, period) }
    try await changedBudget(scope, subject)
  }

  /// A key that rests because its budget was spent may have something left now; the next call finds out.
  private nonisolated func changedBudget(_ scope: Budget.Scope, _ subject: String) async throws {
    ledger.changed()
    guard scope == .key, let key = gate.keys.first(where: { $0.id == subject }) else { return }
    if key.state.condition == .exhausted { _ = try await resetKey(subject) }
  }
}
