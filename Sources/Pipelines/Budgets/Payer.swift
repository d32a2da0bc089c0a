import Basics
import Model

/// For whom a call is made, as budgets and sums of usage count it.
struct Payer: Equatable, Sendable {
  /// The run; an id of its own for calls outside of runs.
  let run: Identifier<Run>
  /// Empty for calls that no agent asked for.
  let agent: Identifier<Agent>
  var agentVersion = 0
}

extension Run {
  /// The run as the one who pays.
  var payer: Payer { Payer(run: id, agent: agent, agentVersion: agentVersion) }
}
