import Basics
import Model

/// The `messages` of the Chat Completions API.
struct ChatMessages {
  let request: CompletionRequest
  let provider: String
  let server: ChatServer

  var messages: [JSON] { request.turns.flatMap(messages(of:)) }

  private func messages(of turn: CompletionRequest.Turn) -> [JSON] {
    switch turn.role {
    case .system: [["role": "system", "content": .string(turn.text)]]
    case .user: [["role": "user", "content": Self.content(turn.parts)]]
    case .assistant: [assistant(turn.parts)]
    case .tool: Self.results(turn.parts)
    }
  }

  /// Plain text as a string, which every server takes; with pictures an array.
  private static func content(_ parts: [MessagePart]) -> JSON {
    let images = parts.compactMap(image)
    guard !images.isEmpty else { return .string(parts.text) }
    return .array(
      parts.compactMap { part in
        switch part.content {
        case .text(let text): text.isEmpty ? JSON?.none : ["type": "text", "text": .string(text)]
        default: image(part)
        }
      })
  }

  private static func image(_ part: MessagePart) -> JSON? {
    guard case .image(let source) = part.content else { return nil }
    return ["type": "image_url", "image_url": ["url": .string(source.url)]]
  }

  private func assistant(_ parts: [MessagePart]) -> JSON {
    var message: JSONObject = ["role": "assistant"]
    let calls = parts.compactMap(call)
    let text = parts.text
    message["content"] = text.isEmpty && !calls.isEmpty ? .null : .string(text)
    if let member = server.reasoningMember, !calls.isEmpty { message.set(member, reasoning(parts)) }
    let details = parts.compactMap { request.replay($0, to: provider)?["reasoning_details"] }
    message.set("reasoning_details", details.first)
    if !calls.isEmpty { message["tool_calls"] = .array(calls) }
    return .object(message)
  }

  private func reasoning(_ parts: [MessagePart]) -> String? {
    let texts = parts.compactMap { part -> String? in
      guard case .reasoning(let text) = part.content, request.replay(part, to: provider) != nil else {
        return nil
      }
      return text
    }
    return texts.isEmpty ? nil : texts.joined()
  }

  private func call(_ part: MessagePart) -> JSON? {
    guard case .toolCall(let call) = part.content else { return nil }
    var json: JSONObject = [
      "id": .string(call.id), "type": "function",
      "function": [
        "name": .string(call.name), "arguments": .string(call.isValid ? call.arguments : "{}"),
      ],
    ]
    json.set("extra_content", request.replay(part, to: provider)?["extra_content"])
    return .object(json)
  }

  /// A message for each result. It takes text only, so pictures follow as the user's.
  private static func results(_ parts: [MessagePart]) -> [JSON] {
    var messages: [JSON] = []
    var images: [MessagePart] = []
    for case .toolResult(let result) in parts.map(\.content) {
      messages.append(
        ["role": "tool", "tool_call_id": .string(result.call), "content": .string(result.text)])
      images += result.images
    }
    if !images.isEmpty { messages.append(["role": "user", "content": content(images)]) }
    return messages
  }
}

extension ToolResult {
  /// The pictures among the parts.
  var images: [MessagePart] { parts.filter { if case .image = $0.content { true } else { false } } }
}

extension ImageSource {
  /// The picture as a URL, with its bytes inside if need be (RFC 2397).
  var url: String {
    switch self {
    case .url(let url): url
    case .data(let mediaType, let base64): "data:\(mediaType);base64,\(base64)"
    }
  }
}
