import Basics
import Model

/// The `contents` of Gemini's API: two sides in turn, each with its parts unchanged and in order.
struct GeminiContents {
  let request: CompletionRequest

  /// Calls that came with an id of Gemini's own; only these go back with one.
  private let named: Set<String>

  init(request: CompletionRequest) {
    self.request = request
    var named: Set<String> = []
    for part in request.turns.flatMap(\.parts) {
      guard case .toolCall(let call) = part.content, let replay = request.replay(part, to: "gemini"),
        replay["id"] != nil
      else { continue }
      named.insert(call.id)
    }
    self.named = named
  }

  var contents: [JSON] {
    request.sides(parts).map { side in
      var parts = side.parts
      if side.isAssistant { sign(&parts) }
      return ["role": side.isAssistant ? "model" : "user", "parts": .array(parts.map(JSON.object))]
    }
  }

  private func parts(_ part: MessagePart) -> [JSONObject] {
    let replay = request.replay(part, to: "gemini")
    var json: JSONObject
    switch part.content {
    case .text(let text), .refusal(let text):
      guard !text.isEmpty || replay != nil else { return [] }
      json = ["text": .string(text)]
    // Thoughts themselves need not go back, what is sealed in them must.
    case .reasoning(let text):
      guard replay?["thoughtSignature"] != nil else { return [] }
      json = ["text": .string(text), "thought": true]
    case .image(let source): json = Self.image(source)
    case .toolCall(let call): json = ["functionCall": .object(functionCall(call))]
    case .toolResult(let result): return results(result)
    case .foreign(let own): return replay == nil ? [] : own.object.map { [$0] } ?? []
    }
    json.set("thoughtSignature", replay?["thoughtSignature"])
    return [json]
  }

  private func functionCall(_ call: ToolCall) -> JSONObject {
    var json = JSONObject()
    if named.contains(call.id) { json["id"] = .string(call.id) }
    json["name"] = .string(call.name)
    json["args"] = call.argumentsObject
    return json
  }

  private func results(_ result: ToolResult) -> [JSONObject] {
    var json = JSONObject()
    if named.contains(result.call) { json["id"] = .string(result.call) }
    json["name"] = .string(result.name)
    json["response"] = [result.isError ? "error" : "output": .string(result.text)]
    return [["functionResponse": .object(json)]] + result.images.flatMap(parts)
  }

  private static func image(_ source: ImageSource) -> JSONObject {
    switch source {
    case .url(let url): ["fileData": ["fileUri": .string(url)]]
    case .data(let mediaType, let base64):
      ["inlineData": ["mimeType": .string(mediaType), "data": .string(base64)]]
    }
  }

  /// The first call of a turn that another model made has no signature; with this word the API does not ask for one.
  private func sign(_ parts: inout [JSONObject]) {
    guard GeminiModel(request.model).wantsSignatures,
      let first = parts.firstIndex(where: { $0["functionCall"] != nil }),
      parts[first]["thoughtSignature"] == nil
    else { return }
    parts[first]["thoughtSignature"] = "skip_thought_signature_validator"
  }
}
