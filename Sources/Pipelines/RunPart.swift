import Basics
import Model
import Storage

/// What a run does for a pipeline, of whose run it is a part.
struct RunPart: Sendable {
  /// The run that somebody asked for.
  @Boxed private(set) var root: Run
  /// Whose answer the run writes, with its present message; nil when what it says is on the way to an answer.
  @Boxed var speaker: Run?
  /// How the step wants its agent.
  @Boxed private(set) var order: AgentCall
  /// What the step's earlier tries cost.
  var spent = Cost.zero

  init(root: Run, speaker: Run?, order: AgentCall) {
    self.root = root
    self.speaker = speaker
    self.order = order
  }

  /// The agent as the step wants it and, where it writes the answer, as whoever asked wants the answer.
  func agent(_ agent: Agent) -> Agent {
    let wanted = agent.with(order.overrides)
    return speaker == nil ? wanted : wanted.with(root.overrides)
  }
}
