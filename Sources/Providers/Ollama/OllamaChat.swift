import Basics
import Model

/// The body of `/api/chat`.
struct OllamaChat {
  let request: CompletionRequest

  var bytes: [UInt8] { request.bytes(of: body) }

  private var body: JSONObject {
    var body: JSONObject = ["model": .string(request.model)]
    body["messages"] = .array(request.turns.flatMap(messages(of:)))
    // There is no choice of tools; not to offer them is the one thing that can be said.
    if !request.tools.isEmpty, request.toolChoice != .never { body["tools"] = tools }
    body.set("think", request.reasoningEffort.map(Self.think))
    body.set("format", request.format.map(Self.format))
    body["stream"] = true
    let options = options
    if !options.isEmpty { body["options"] = .object(options) }
    return body
  }

  private var options: JSONObject {
    var options = JSONObject()
    options.set("num_predict", request.maxTokens)
    options.set("temperature", request.temperature)
    options.set("top_p", request.topP)
    options.set("top_k", request.topK)
    options.set("frequency_penalty", request.frequencyPenalty)
    options.set("presence_penalty", request.presencePenalty)
    options.set("seed", request.seed)
    options.set("stop", request.stop)
    return options
  }

  private var tools: JSON {
    .array(
      request.tools.map { tool in
        var function: JSONObject = ["name": .string(tool.name)]
        function.set("description", tool.description)
        function["parameters"] = tool.parameters
        return ["type": "function", "function": .object(function)]
      })
  }

  private static func think(_ effort: ReasoningEffort) -> JSON {
    switch effort {
    case .off: false
    case .minimal, .low: "low"
    case .medium: "medium"
    case .high, .xhigh: "high"
    case .max: "max"
    }
  }

  private static func format(_ format: AnswerFormat) -> JSON {
    switch format {
    case .json: "json"
    case .schema(let answer): answer.schema
    }
  }

  private func messages(of turn: CompletionRequest.Turn) -> [JSON] {
    guard turn.role == .tool else { return [.object(message(turn))] }
    var messages: [JSON] = []
    for case .toolResult(let result) in turn.parts.map(\.content) {
      var message: JSONObject = [
        "role": "tool", "content": .string(result.text), "tool_name": .string(result.name),
        "tool_call_id": .string(result.call),
      ]
      message.set("images", Self.images(result.parts))
      messages.append(.object(message))
    }
    return messages
  }

  private func message(_ turn: CompletionRequest.Turn) -> JSONObject {
    var message: JSONObject = [
      "role": .string(turn.role.rawValue), "content": .string(Self.text(turn.parts)),
    ]
    if turn.role == .user { message.set("images", Self.images(turn.parts)) }
    guard turn.role == .assistant else { return message }
    message.set("thinking", thinking(turn.parts))
    let calls = turn.parts.toolCalls
    guard !calls.isEmpty else { return message }
    message["tool_calls"] = .array(
      calls.enumerated().map { index, call in
        [
          "id": .string(call.id),
          "function": [
            "index": .integer(Int64(index)), "name": .string(call.name),
            "arguments": call.argumentsObject,
          ],
        ]
      })
    return message
  }

  private func thinking(_ parts: [MessagePart]) -> String? {
    let texts = parts.compactMap { part -> String? in
      guard case .reasoning(let text) = part.content, request.replay(part, to: "ollama") != nil else {
        return nil
      }
      return text
    }
    return texts.isEmpty ? nil : texts.joined()
  }

  /// It fetches nothing itself, so of a picture elsewhere the address is told.
  private static func text(_ parts: [MessagePart]) -> String {
    let addresses = parts.compactMap { part -> String? in
      if case .image(.url(let url)) = part.content { "\n\(url)" } else { nil }
    }
    return parts.text + addresses.joined()
  }

  private static func images(_ parts: [MessagePart]) -> JSON? {
    let images = parts.compactMap { part -> JSON? in
      if case .image(.data(_, let base64)) = part.content { .string(base64) } else { nil }
    }
    return images.isEmpty ? JSON?.none : .array(images)
  }
}
