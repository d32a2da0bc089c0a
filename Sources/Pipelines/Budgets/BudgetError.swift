import Basics
import Model
import Providers

/// A call that may not begin, because a budget has nothing left.
struct BudgetError: CodedError, Equatable {
  let standing: BudgetStanding

  var code: String { "budget_exhausted" }

  var message: String {
    let budget = standing.budget
    let day = budget.period == .day ? "this day" : "this month"
    return standing.isReached
      ? "The budget of the \(budget.scope.rawValue) \(budget.subject) for \(day), \(budget.limit.dollars) dollars, is spent."
      : "What is left of the \(budget.scope.rawValue) \(budget.subject)'s budget for \(day) is held by calls under way."
  }

  var hint: String? {
    let budget = standing.budget
    let path = "/api/budgets/\(budget.scope.rawValue)/\(budget.subject)/\(budget.period.rawValue)"
    return "It begins anew at \(standing.until.iso8601); PUT \(path) raises it."
  }
}

extension ProviderError {
  /// A key's budget leaves the call to other keys, and the key rests until it begins anew.
  static func keyBudgetSpent(
    _ standing: BudgetStanding, of pass: CallPass, model: String, at now: Timestamp
  ) -> ProviderError {
    let error = BudgetError(standing: standing)
    var failure = ProviderError(
      .budgetExhausted, error.message, hint: error.hint, provider: pass.provider, model: model)
    // What calls under way hold may be free again soon.
    let rest = standing.isReached ? standing.until.milliseconds - now.milliseconds : 1000
    failure.retryAfter = .milliseconds(max(1, rest))
    return failure
  }
}
