package import Basics
package import Model

/// One request to one provider: what is asked, of whom, with which settings of the agent.
package struct ProviderCall: Equatable, Sendable {
  /// A name or alias of `ProviderTable`.
  package var provider: String
  @Boxed package var request: CompletionRequest
  @Boxed package var configuration: AgentConfiguration

  package init(
    provider: String, request: CompletionRequest, configuration: AgentConfiguration = AgentConfiguration()
  ) {
    self.provider = provider
    self.request = request
    self.configuration = configuration
  }

  /// The call that an agent makes for a conversation: its system prompt goes first, its sampling settings apply.
  ///
  /// - Parameter turns: the conversation, oldest first. Calls of tools that nobody answered get an answer that says so.
  /// - Throws: `provider_invalid_request` when the agent's `config` holds a wrong member.
  package init(agent: Agent, turns: [CompletionRequest.Turn]) throws(ProviderError) {
    let configuration: AgentConfiguration
    do throws(AgentConfigurationError) {
      configuration = try AgentConfiguration(agent.config)
    } catch {
      throw ProviderError(
        .invalidRequest, "The configuration of \(agent.name) cannot be used: \(error.message)",
        hint: "Correct the agent's config.", provider: agent.provider, model: agent.model)
    }
    var all = turns.withEveryCallAnswered
    if let prompt = configuration.systemPrompt, !prompt.isEmpty {
      all.insert(CompletionRequest.Turn(role: .system, text: prompt), at: 0)
    }
    self.init(
      provider: agent.provider, request: CompletionRequest(model: agent.model, turns: all, configuration),
      configuration: configuration)
  }
}

extension CompletionRequest {
  fileprivate init(model: String, turns: [Turn], _ configuration: AgentConfiguration) {
    self.init(
      model: model, turns: turns, temperature: configuration.temperature, maxTokens: configuration.maxTokens,
      topP: configuration.topP, stop: configuration.stop)
    topK = configuration.topK
    frequencyPenalty = configuration.frequencyPenalty
    presencePenalty = configuration.presencePenalty
    seed = configuration.seed
    reasoningEffort = configuration.reasoningEffort
    format = configuration.responseFormat
    options = configuration.providerOptions ?? [:]
  }
}
