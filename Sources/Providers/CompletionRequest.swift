package import Basics
package import Model

/// What a model is asked, in no vendor's words. What a dialect has no word for, its codec leaves out.
package struct CompletionRequest: Equatable, Sendable {
  package var model: String
  /// Oldest first; the last one is the user's question, or the results of tools.
  package var turns: [Turn]
  /// The tools that the model may ask for.
  package var tools: [ToolDefinition] = []
  /// Nil leaves it to the provider, which is `auto` everywhere. Only sent together with tools.
  package var toolChoice: ToolChoice?
  /// Whether the model may ask for several tools at once; nil leaves it to the provider.
  package var allowsParallelCalls: Bool?
  /// What the answer's text must be; nil for anything.
  package var format: AnswerFormat?
  package var reasoningEffort: ReasoningEffort?
  package var temperature: Double?
  package var maxTokens: Int?
  package var topP: Double?
  package var topK: Int?
  package var frequencyPenalty: Double?
  package var presencePenalty: Double?
  package var seed: Int?
  /// Texts that end the answer.
  package var stop: [String]
  /// Members that go into the body as they are; they win over those that the codec wrote.
  package var options: JSONObject = [:]

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

extension CompletionRequest {
  /// One turn of the conversation so far.
  package struct Turn: Equatable, Sendable {
    /// Who speaks.
    package enum Role: String, Sendable {
      case system, user, assistant
      /// Results of the calls in the assistant's turn before; nothing else.
      case tool
    }

    package var role: Role
    package var parts: [MessagePart]

    package init(role: Role, parts: [MessagePart]) {
      self.role = role
      self.parts = parts
    }

    package init(role: Role, text: String) { self.init(role: role, parts: [.text(text)]) }

    /// What was said, without anything that is no text.
    package var text: String { parts.text }
  }
}
