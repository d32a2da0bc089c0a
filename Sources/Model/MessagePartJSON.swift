package import Basics

// The parts of messages as JSON, as they are stored and shown: an array of objects with a `type`.

extension [MessagePart] {
  /// The parts as an array.
  package var json: JSON { .array(map(\.json)) }

  /// Reads what `json` wrote. Objects of a kind that this hub does not know are left out; nil is no parts.
  package init(json: JSON?) { self = json?.array?.compactMap { MessagePart(json: $0) } ?? [] }
}

extension MessagePart {
  /// The part as an object.
  package var json: JSON {
    var object = content.json
    object["replay"] = replay.map { .object($0.json) }
    return .object(object)
  }

  /// Reads what `json` wrote, or nil when it is no part.
  package init?(json: JSON) {
    guard let content = Content(json: json) else { return nil }
    self.init(content, replay: json["replay"].flatMap { ReplayState(json: $0) })
  }
}

extension MessagePart.Content {
  fileprivate var json: JSONObject {
    switch self {
    case .text(let text): ["type": "text", "text": .string(text)]
    case .refusal(let text): ["type": "refusal", "text": .string(text)]
    case .reasoning(let text): ["type": "reasoning", "text": .string(text)]
    case .image(.data(let mediaType, let base64)):
      ["type": "image", "mediaType": .string(mediaType), "data": .string(base64)]
    case .image(.url(let url)): ["type": "image", "url": .string(url)]
    case .toolCall(let call): call.json
    case .toolResult(let result): result.json
    case .foreign(let json): ["type": "foreign", "json": json]
    }
  }

  fileprivate init?(json: JSON) {
    let text = json["text"]?.string
    switch json["type"]?.string {
    case "text":
      guard let text else { return nil }
      self = .text(text)
    case "refusal":
      guard let text else { return nil }
      self = .refusal(text)
    case "reasoning": self = .reasoning(text ?? "")
    case "image":
      guard let source = ImageSource(json: json) else { return nil }
      self = .image(source)
    case "tool_call":
      guard let call = ToolCall(json: json) else { return nil }
      self = .toolCall(call)
    case "tool_result":
      guard let result = ToolResult(json: json) else { return nil }
      self = .toolResult(result)
    case "foreign": self = .foreign(json["json"] ?? .null)
    default: return nil
    }
  }
}

extension ReplayState {
  fileprivate var json: JSONObject {
    var object: JSONObject = ["provider": .string(provider), "model": .string(model)]
    if !data.isEmpty { object["data"] = .object(data) }
    return object
  }

  fileprivate init?(json: JSON) {
    guard let provider = json["provider"]?.string, let model = json["model"]?.string else { return nil }
    self.init(provider: provider, model: model, data: json["data"]?.object ?? [:])
  }
}

extension ImageSource {
  fileprivate init?(json: JSON) {
    if let url = json["url"]?.string {
      self = .url(url)
    } else if let mediaType = json["mediaType"]?.string, let base64 = json["data"]?.string {
      self = .data(mediaType: mediaType, base64: base64)
    } else {
      return nil
    }
  }
}

extension ToolCall {
  fileprivate var json: JSONObject {
    var object: JSONObject = [
      "type": "tool_call", "id": .string(id), "name": .string(name), "arguments": .string(arguments),
    ]
    if !isValid { object["valid"] = false }
    return object
  }

  fileprivate init?(json: JSON) {
    guard let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
    self.init(
      id: id, name: name, arguments: json["arguments"]?.string ?? "{}", isValid: json["valid"]?.bool ?? true)
  }
}

extension ToolResult {
  fileprivate var json: JSONObject {
    var object: JSONObject = [
      "type": "tool_result", "call": .string(call), "name": .string(name), "parts": parts.json,
    ]
    if isError { object["error"] = true }
    return object
  }

  fileprivate init?(json: JSON) {
    guard let call = json["call"]?.string else { return nil }
    self.init(
      call: call, name: json["name"]?.string ?? "", parts: [MessagePart](json: json["parts"]),
      isError: json["error"]?.bool ?? false)
  }
}
