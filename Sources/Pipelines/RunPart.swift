import Basics
import Model
import Providers
import Storage

/// What a run does for a pipeline, of whose run it is a part.
struct RunPart: Sendable {
  /// The run that somebody asked for.
  let root: Run
  /// Whose answer the run writes, with its present message; nil when what it says is on the way to an answer.
  var speaker: Run?
  /// How the step wants its agent.
  let order: AgentCall
  /// What the step's earlier tries cost.
  var spent = Cost.zero

  /// The agent as the step wants it.
  func agent(_ agent: Agent) -> Agent {
    var agent = agent
    var config = agent.config ?? [:]
    if let provider = order.provider.map({ ProviderTable.row(named: $0)?.name ?? $0 }),
      provider != agent.provider
    {
      agent.provider = provider
      // They are the other provider's.
      for name in AgentConfiguration.namesOfProvider { config[name] = nil }
    }
    agent.model = order.model ?? agent.model
    for member in order.config?.members ?? [] { config[member.name] = member.value }
    agent.config = config.isEmpty ? agent.config : config
    return agent
  }
}

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
