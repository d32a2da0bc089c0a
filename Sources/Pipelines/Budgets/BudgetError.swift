import Basics
import Model

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
