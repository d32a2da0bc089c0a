import Basics
import Model
import Providers
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
