import Basics
import Model

// Events of a whole answer as JSON, in the form in which answers are kept.

extension ProviderEvent {
  /// The event as an object; nil for those that no answer needs.
  var json: JSON? {
    switch self {
    case .started(let start): start.json
    case .text(let text): ["type": "text", "text": .string(text)]
    case .refusal(let text): ["type": "refusal", "text": .string(text)]
    case .reasoning(let text): ["type": "reasoning", "text": .string(text)]
    case .partEnd: ["type": "part_end"]
    case .replay(let name, let json, let kind):
      ["type": "replay", "name": .string(name), "json": json, "of": kind.json]
    case .toolCallStart(let index, let id, let name, let isSynthetic):
      [
        "type": "tool_call", "index": .integer(Int64(index)), "id": .string(id), "name": .string(name),
        "synthetic": .bool(isSynthetic),
      ]
    case .toolCallArguments(let index, let fragment):
      ["type": "arguments", "index": .integer(Int64(index)), "text": .string(fragment)]
    case .toolCallEnd(let index, let arguments, let isValid):
      [
        "type": "tool_call_end", "index": .integer(Int64(index)), "arguments": .string(arguments),
        "valid": .bool(isValid),
      ]
    case .image(let source): ["type": "image", "part": MessagePart(.image(source)).json]
    case .foreign(let json): ["type": "foreign", "json": json]
    case .usage(let usage): ["type": "usage", "usage": usage.json]
    case .finish(let reason, let raw):
      ["type": "finish", "reason": .string(reason.rawValue), "raw": .optional(raw)]
    case .keepAlive, .raw: nil
    }
  }

  /// Reads what `json` gave; nil for anything else.
  init?(json: JSON) {
    let text = json["text"]?.string
    let index = json["index"]?.integer.map { Int($0) }
    switch (json["type"]?.string, text, index) {
    case ("text", let text?, _): self = .text(text)
    case ("refusal", let text?, _): self = .refusal(text)
    case ("reasoning", let text?, _): self = .reasoning(text)
    case ("part_end", _, _): self = .partEnd
    case ("arguments", let text?, let index?): self = .toolCallArguments(index: index, fragment: text)
    default: self.init(structured: json, index: index)
    }
  }

  private init?(structured json: JSON, index: Int?) {
    switch json["type"]?.string {
    case "started":
      guard let start = ProviderStart(json: json) else { return nil }
      self = .started(start)
    case "replay":
      guard let name = json["name"]?.string, let kind = PartKind(json: json["of"]) else { return nil }
      self = .replay(name: name, json: json["json"] ?? .null, of: kind)
    case "tool_call":
      guard let index, let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
      self = .toolCallStart(index: index, id: id, name: name, isSynthetic: json["synthetic"]?.bool ?? false)
    case "tool_call_end":
      guard let index, let arguments = json["arguments"]?.string else { return nil }
      self = .toolCallEnd(index: index, arguments: arguments, isValid: json["valid"]?.bool ?? true)
    case "image":
      guard case .image(let source) = [MessagePart](json: .array([json["part"] ?? .null])).first?.content
      else { return nil }
      self = .image(source)
    case "foreign": self = .foreign(json["json"] ?? .null)
    case "usage":
      guard let usage = json["usage"].flatMap({ Usage(json: $0) }) else { return nil }
      self = .usage(usage)
    case "finish":
      guard let reason = json["reason"]?.string.flatMap({ FinishReason(rawValue: $0) }) else { return nil }
      self = .finish(reason, raw: json["raw"]?.string)
    default: return nil
    }
  }
}

extension ProviderEvent.PartKind {
  fileprivate var json: JSON {
    switch self {
    case .text: "text"
    case .reasoning: "reasoning"
    case .image: "image"
    case .toolCall(let index): .integer(Int64(index))
    }
  }

  fileprivate init?(json: JSON?) {
    switch json {
    case "text": self = .text
    case "reasoning": self = .reasoning
    case "image": self = .image
    case .integer(let index): self = .toolCall(index: Int(index))
    default: return nil
    }
  }
}

extension ProviderStart {
  fileprivate var json: JSON {
    [
      "type": "started", "provider": .string(provider), "model": .string(model),
      "response": .optional(response), "request": .optional(request),
    ]
  }

  fileprivate init?(json: JSON) {
    guard let provider = json["provider"]?.string, let model = json["model"]?.string else { return nil }
    self.init(
      provider: provider, model: model, response: json["response"]?.string, request: json["request"]?.string)
  }
}
