package import Model

/// What a model is asked, in no vendor's words.
package struct CompletionRequest: Equatable, Sendable {
  /// One turn of the conversation so far.
  package struct Turn: Equatable, Sendable {
    /// Who speaks.
    package enum Role: String, Sendable {
      case system, user, assistant
    }

    package var role: Role
    package var text: String

    package init(role: Role, text: String) {
      self.role = role
      self.text = text
    }
  }

  package var model: String
  /// Oldest first; the last one is the user's question.
  package var turns: [Turn]
  package var temperature: Double?
  package var maxTokens: Int?
  package var topP: Double?
  /// Texts that end the answer.
  package var stop: [String]

  package init(
    model: String, turns: [Turn], temperature: Double? = nil, maxTokens: Int? = nil, topP: Double? = nil,
    stop: [String] = []
  ) {
    self.model = model
    self.turns = turns
    self.temperature = temperature
    self.maxTokens = maxTokens
    self.topP = topP
    self.stop = stop
  }
}

/// One request to one provider: what is asked, of whom, with which settings of the agent.
package struct ProviderCall: Equatable, Sendable {
  /// A name or alias of `ProviderTable`.
  package var provider: String
  package var request: CompletionRequest
  package var configuration: AgentConfiguration

  package init(
    provider: String, request: CompletionRequest, configuration: AgentConfiguration = AgentConfiguration()
  ) {
    self.provider = provider
    self.request = request
    self.configuration = configuration
  }

  /// The call that an agent makes for a conversation: its system prompt goes first, its sampling settings apply.
  ///
  /// - Parameter turns: the conversation, oldest first.
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
    var all = turns
    if let prompt = configuration.systemPrompt, !prompt.isEmpty {
      all.insert(CompletionRequest.Turn(role: .system, text: prompt), at: 0)
    }
    let request = CompletionRequest(
      model: agent.model, turns: all, temperature: configuration.temperature,
      maxTokens: configuration.maxTokens,
      topP: configuration.topP, stop: configuration.stop)
    self.init(provider: agent.provider, request: request, configuration: configuration)
  }
}
