import Model
import Storage

/// Dollars that a step of a pipeline may cost.
struct StepBudget: Sendable {
  let step: String
  let limit: Cost
  /// What its earlier tries cost.
  let spent: Cost

  /// - Returns: why no further call may begin; nil when one may.
  func refusal(after attempts: [Attempt]) -> RunError? {
    let spent = attempts.compactMap(\.cost).reduce(spent, +)
    guard spent >= limit else { return nil }
    return RunError(
      code: "budget_exhausted",
      message: "The budget of the step \(step), \(limit.dollars) dollars, is spent.",
      hint: "Raise budgetUSD in the pipeline's step.")
  }
}

extension RunPart {
  /// What the step may still cost; nil without a limit.
  func budget(of run: Run) -> StepBudget? {
    order.budget.map { StepBudget(step: run.step ?? "", limit: $0, spent: spent) }
  }
}
