package import Basics
package import Model

/// What a provider's answer says, in no vendor's words.
///
/// Order: `started`, deltas, the ends of open tool calls, `usage`, then `finish` as the last one. A failed answer has no
/// `finish`; the stream throws instead. `AnswerParts` puts the deltas together to what can be stored and given back.
package enum ProviderEvent: Equatable, Sendable {
  /// Once, first.
  case started(ProviderStart)
  /// A piece of the answer; never empty.
  case text(String)
  /// A piece of the model's refusal to answer.
  case refusal(String)
  /// A piece of visible reasoning.
  case reasoning(String)
  /// Text that comes next begins a part of its own, although it is of the same kind as what came before.
  case partEnd
  /// Something that must go back to the same model together with the part that is being written (a signature, sealed reasoning), under
  /// the name that the dialect gives it. Without such a part it makes one that is empty.
  case replay(name: String, json: JSON, of: PartKind)
  /// A call of a tool begins. `isSynthetic` when the server gave no id and we made one.
  case toolCallStart(index: Int, id: String, name: String, isSynthetic: Bool)
  /// A piece of the call's arguments, raw JSON text.
  case toolCallArguments(index: Int, fragment: String)
  /// The call's arguments are over; a call that is not valid must not be executed.
  case toolCallEnd(index: Int, arguments: String, isValid: Bool)
  /// A picture that the model made.
  case image(ImageSource)
  /// A whole part that only the same model understands, as it must go back.
  case foreign(JSON)
  /// The tokens of the whole answer; before `finish`.
  case usage(Usage)
  /// The server is alive and has nothing to say.
  case keepAlive
  /// Something the server said that has no other place.
  case raw(name: String, json: JSON)
  /// The answer is complete. `raw` is the server's own word.
  case finish(FinishReason, raw: String?)

  /// Which part of an answer something belongs to.
  package enum PartKind: Equatable, Sendable {
    case text, reasoning
    /// The picture that came last.
    case image
    case toolCall(index: Int)
  }

  /// Whether a viewer could have seen it; after such an event a silent retry would show text twice.
  package var isVisible: Bool {
    switch self {
    case .text, .refusal, .reasoning, .toolCallStart, .toolCallArguments, .toolCallEnd, .image: true
    case .started, .partEnd, .replay, .foreign, .usage, .keepAlive, .raw, .finish: false
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
  /// One of the request's `stop` texts came, where the provider tells that apart.
  case stopSequence = "stop_sequence"
  case toolCalls = "tool_calls"
  /// The limit of tokens was reached.
  case length
  /// The model's context is full.
  case contextLength = "context_length"
  case contentFilter = "content_filter"
  case refusal
  /// The provider wants the answer back to go on with it.
  case pause
  /// The model asked for a tool in a way that cannot be read.
  case malformedToolCall = "malformed_tool_call"
  case other
}
