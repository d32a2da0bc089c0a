package import Basics
package import Model

/// What a provider's answer says, in no vendor's words.
///
/// Order: `started`, deltas, the ends of open tool calls, `usage`, then `finish` as the last one. A failed answer has no
/// `finish`; the stream throws instead.
package enum ProviderEvent: Equatable, Sendable {
  /// Once, first.
  case started(ProviderStart)
  /// A piece of the answer; never empty.
  case text(String)
  /// A piece of the model's refusal to answer.
  case refusal(String)
  /// A piece of visible reasoning.
  case reasoning(String)
  /// Reasoning that only the same model can read; must be given back to it as it is.
  case reasoningOpaque(kind: String, json: JSON)
  /// A call of a tool begins. `isSynthetic` when the server gave no id and we made one.
  case toolCallStart(index: Int, id: String, name: String, isSynthetic: Bool)
  /// A piece of the call's arguments, raw JSON text.
  case toolCallArguments(index: Int, fragment: String)
  /// The call's arguments are over; a call that is not valid must not be executed.
  case toolCallEnd(index: Int, arguments: String, isValid: Bool)
  /// The tokens of the whole answer; before `finish`.
  case usage(Usage)
  /// The server is alive and has nothing to say.
  case keepAlive
  /// Something the server said that has no other place.
  case raw(name: String, json: JSON)
  /// The answer is complete. `raw` is the server's own word.
  case finish(FinishReason, raw: String?)

  /// Whether a viewer could have seen it; after such an event a silent retry would show text twice.
  package var isVisible: Bool {
    switch self {
    case .text, .refusal, .reasoning, .toolCallStart, .toolCallArguments, .toolCallEnd: true
    case .started, .reasoningOpaque, .usage, .keepAlive, .raw, .finish: false
    }
  }
}

/// Who answers.
package struct ProviderStart: Equatable, Sendable {
  /// The name in `ProviderTable`.
  package var provider: String
  /// The model as the server names it.
  package var model: String
  /// The server's id of the answer.
  package var response: String?
  /// The server's id of the request, for its support.
  package var request: String?

  package init(provider: String, model: String, response: String? = nil, request: String? = nil) {
    self.provider = provider
    self.model = model
    self.response = response
    self.request = request
  }
}

/// Why an answer is complete.
package enum FinishReason: String, Sendable, CaseIterable {
  case stop
  case toolCalls = "tool_calls"
  /// The limit of tokens was reached.
  case length
  case contentFilter = "content_filter"
  case refusal
  case other
}
