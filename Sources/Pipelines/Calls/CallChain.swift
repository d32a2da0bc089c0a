import Basics
import Model
import Providers

/// Whom an agent asks, in order: its own provider and model, then its fallbacks.
struct CallChain: Sendable {
  let calls: [ProviderCall]
  /// Names the chain in the memory of who answered lately.
  let name: String

  /// - Throws: `provider_invalid_request` when the agent's `config` holds a wrong member.
  init(_ context: RunContext) throws(ProviderError) {
    let agent = context.agent
    var first = try ProviderCall(agent: agent, turns: context.turns)
    first.request.tools = context.definitions
    first.request.toolChoice = context.toolChoice
    first.request.allowsParallelCalls = context.overrides.allowsParallelCalls
    calls = [first] + first.configuration.fallbacks.map { first.falling(backTo: $0) }
    name = "\(agent.id.text) \(agent.version)"
  }
}

extension ProviderCall {
  /// The same question to another provider or model. Address and keys are the fallback's own; time-outs, sampling and the rest stay.
  fileprivate func falling(backTo fallback: AgentConfiguration.Fallback) -> ProviderCall {
    var call = self
    // In the words of the first provider, which another would refuse.
    if fallback.provider != provider { call.request.options = [:] }
    // They may hold what only the first server may know.
    if fallback.provider != provider || fallback.baseUrl != configuration.baseUrl {
      call.configuration.providerHeaders = [:]
    }
    call.provider = fallback.provider
    call.request.model = fallback.model
    call.configuration.baseUrl = fallback.baseUrl
    call.configuration.apiKey = fallback.apiKey
    call.configuration.authPrefix = nil
    call.configuration.providerKey = nil
    call.configuration.streamUsage = nil
    call.configuration.fallbacks = []
    return call
  }
}
