import Basics
import Model

/// One answer as OpenAI's API tells it, whole or in chunks. What is the same in all of its objects.
struct ChatCompletion: Equatable, Sendable {
  let run: Identifier<Run>
  let conversation: Identifier<Conversation>
  /// Seconds since 1970.
  let created: Int64
  /// As the caller named it.
  let model: String

  init(_ run: Run, model: String) {
    self.run = run.id
    conversation = run.conversation
    created = run.createdAt.milliseconds / 1000
    self.model = model
  }

  /// The members that begin each object.
  func members(_ object: String) -> JSONObject {
    [
      "id": .string("chatcmpl-\(run.text)"), "object": .string(object), "created": .integer(created),
      "model": .string(model),
    ]
  }

  /// The whole answer. The conversation is the hub's own addition: a later call may continue it.
  func json(_ outcome: ChatOutcome) -> JSON {
    var message: JSONObject = ["role": "assistant"]
    message["content"] = outcome.texts.isEmpty && outcome.hasNoWords ? .null : .string(outcome.text)
    message["refusal"] = .optional(outcome.refusal)
    if !outcome.thought.isEmpty { message["reasoning_content"] = .string(outcome.thought) }
    if !outcome.calls.isEmpty { message["tool_calls"] = .array(outcome.calls.map(\.openAIJSON)) }
    var object = members("chat.completion")
    object["choices"] = [
      [
        "index": 0, "message": .object(message), "logprobs": .null,
        "finish_reason": .string(outcome.finishReason),
      ]
    ]
    object["usage"] = outcome.usage?.openAIJSON
    object["conversation"] = .string(conversation.text)
    return .object(object)
  }
}

extension ChatOutcome {
  /// Whether the answer is none in words: calls, or a refusal.
  fileprivate var hasNoWords: Bool { !calls.isEmpty || refusal != nil }
}

extension ToolCall {
  /// The call as the caller gets it.
  var openAIJSON: JSON {
    [
      "id": .string(id), "type": "function",
      "function": ["name": .string(name), "arguments": .string(arguments.isEmpty ? "{}" : arguments)],
    ]
  }
}

extension Usage {
  /// The tokens in OpenAI's words: those of all calls that the answer took.
  var openAIJSON: JSON {
    let (total, overflow) = inputTokens.addingReportingOverflow(outputTokens)
    return [
      "prompt_tokens": .integer(Int64(inputTokens)), "completion_tokens": .integer(Int64(outputTokens)),
      "total_tokens": .integer(Int64(overflow ? .max : total)),
      "prompt_tokens_details": ["cached_tokens": .integer(Int64(cachedTokens))],
      "completion_tokens_details": ["reasoning_tokens": .integer(Int64(reasoningTokens))],
    ]
  }
}
