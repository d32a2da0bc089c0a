import Basics
import Model

/// The `messages` of Anthropic's API: two sides in turn, each an array of blocks.
struct AnthropicContent {
  let request: CompletionRequest

  var messages: [JSON] {
    request.sides { block($0).map { [$0] } ?? [] }.map { side in
      // Results must stand before everything else that the user says.
      let results = side.parts.filter { $0["type"] == "tool_result" }
      let others = side.parts.filter { $0["type"] != "tool_result" }
      return ["role": side.isAssistant ? "assistant" : "user", "content": .array(results + others)]
    }
  }

  /// Nil for what cannot go along: empty texts are refused, another model's sealed reasoning as well.
  private func block(_ part: MessagePart) -> JSON? {
    switch part.content {
    case .text(let text), .refusal(let text): text.isEmpty ? JSON?.none : Self.text(text)
    case .reasoning(let text): reasoning(text, part)
    case .image(let source): Self.image(source)
    case .toolCall(let call):
      [
        "type": "tool_use", "id": .string(Self.identifier(call.id)), "name": .string(call.name),
        "input": call.argumentsObject,
      ]
    case .toolResult(let result): Self.result(result)
    case .foreign(let json): request.replay(part, to: "anthropic") == nil ? JSON?.none : json
    }
  }

  private func reasoning(_ text: String, _ part: MessagePart) -> JSON? {
    guard let replay = request.replay(part, to: "anthropic") else { return nil }
    if let sealed = replay["redacted_thinking"] { return ["type": "redacted_thinking", "data": sealed] }
    guard let signature = replay["signature"] else { return nil }
    return ["type": "thinking", "thinking": .string(text), "signature": signature]
  }

  private static func text(_ text: String) -> JSON { ["type": "text", "text": .string(text)] }

  private static func image(_ source: ImageSource) -> JSON {
    switch source {
    case .url(let url): ["type": "image", "source": ["type": "url", "url": .string(url)]]
    case .data(let mediaType, let base64):
      [
        "type": "image",
        "source": ["type": "base64", "media_type": .string(mediaType), "data": .string(base64)],
      ]
    }
  }

  private static func result(_ result: ToolResult) -> JSON {
    let blocks = result.parts.compactMap { part -> JSON? in
      switch part.content {
      case .text(let words): words.isEmpty ? JSON?.none : text(words)
      case .image(let source): image(source)
      default: nil
      }
    }
    var json: JSONObject = ["type": "tool_result", "tool_use_id": .string(identifier(result.call))]
    if !blocks.isEmpty { json["content"] = .array(blocks) }
    if result.isError { json["is_error"] = true }
    return .object(json)
  }

  /// Other providers' ids may hold what this one refuses.
  private static func identifier(_ id: String) -> String {
    let isPlain = id.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
    // Every byte becomes two digits, so that different ids stay different.
    return isPlain && !id.isEmpty ? id : "call_" + Hexadecimal.text(id.utf8)
  }
}
