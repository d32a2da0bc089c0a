import Basics
import Model
import Providers

extension Agent {
  /// The agent as one call wants it.
  func with(_ overrides: AgentOverrides) -> Agent {
    guard !overrides.isEmpty else { return self }
    var agent = self
    var config = agent.config ?? [:]
    if let provider = overrides.provider.map({ ProviderTable.row(named: $0)?.name ?? $0 }),
      provider != agent.provider
    {
      agent.provider = provider
      // They are the other provider's.
      for name in AgentConfiguration.namesOfProvider { config[name] = nil }
    }
    agent.model = overrides.model ?? agent.model
    for member in overrides.config.members { config[member.name] = member.value }
    if let instructions = overrides.instructions {
      // One text: some servers take a system message in the first place only.
      let own = config["systemPrompt"]?.string.flatMap { $0.isEmpty ? nil : $0 }
      config["systemPrompt"] = .string([own, instructions].compactMap(\.self).joined(separator: "\n\n"))
    }
    agent.config = config.isEmpty ? agent.config : config
    return agent
  }
}
