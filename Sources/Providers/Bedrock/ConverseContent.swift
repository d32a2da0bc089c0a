import Basics
import Model

/// The `messages` of Converse: two sides in turn, each an array of blocks, none of them blank.
struct ConverseContent {
  let request: CompletionRequest

  /// What goes back with reasoning; Claude refuses its own without it.
  static let signature = "signature"
  static let redacted = "redacted"

  var messages: [JSON] {
    request.sides { block($0).map { [$0] } ?? [] }.map { side in
      guard !side.isAssistant else { return ["role": "assistant", "content": .array(side.parts)] }
      // Results must stand before everything else that the user says.
      let results = side.parts.filter { $0["toolResult"] != nil }
      let others = side.parts.filter { $0["toolResult"] == nil }
      return ["role": "user", "content": .array(results + others)]
    }
  }

  /// Nil for what cannot go along: blank texts are refused, another model's sealed reasoning as well.
  private func block(_ part: MessagePart) -> JSON? {
    switch part.content {
    case .text(let text), .refusal(let text): Self.text(text)
    case .reasoning(let text): reasoning(text, part)
    case .image(let source): Self.image(source)
    case .toolCall(let call):
      [
        "toolUse": [
          "toolUseId": .string(Self.identifier(call.id)), "name": .string(call.name),
          "input": call.argumentsObject,
        ]
      ]
    case .toolResult(let result): ["toolResult": Self.result(result)]
    case .foreign(let json): request.replay(part, to: "bedrock").map { _ in json }
    }
  }

  private static func text(_ text: String) -> JSON? {
    // Not `nil` in an expression: that would be JSON's null.
    guard !text.isBlank else { return nil }
    return ["text": .string(text)]
  }

  private func reasoning(_ text: String, _ part: MessagePart) -> JSON? {
    guard let replay = request.replay(part, to: "bedrock") else { return nil }
    if let sealed = replay[Self.redacted] { return ["reasoningContent": ["redactedContent": sealed]] }
    guard let signature = replay[Self.signature] else { return nil }
    return ["reasoningContent": ["reasoningText": ["text": .string(text), "signature": signature]]]
  }

  private static func result(_ result: ToolResult) -> JSON {
    let blocks = result.parts.compactMap { part in
      switch part.content {
      case .text(let words): text(words)
      case .image(let source): image(source)
      default: nil
      }
    }
    var json: JSONObject = ["toolUseId": .string(identifier(result.call))]
    // An empty list is refused for errors, and by some models always.
    json["content"] = .array(blocks.isEmpty ? [["text": "(no output)"]] : blocks)
    // Success goes without saying; models other than Nova and Claude do not know the word.
    if result.isError { json["status"] = "error" }
    return .object(json)
  }

  /// Other providers' ids may hold what this one refuses. Different ids stay different.
  private static func identifier(_ id: String) -> String {
    let isPlain = id.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: "_.:-".utf8.contains(byte)
      }
    }
    guard !isPlain || !(1...64).contains(id.utf8.count) else { return id }
    return "call_" + Hexadecimal.text(SHA256.digest(id.utf8).prefix(16))
  }
}

// MARK: Pictures

extension ConverseContent {
  /// Bedrock takes bytes and fetches from S3 only; the model is told of a picture that it cannot be shown.
  private static func image(_ source: ImageSource) -> JSON {
    switch source {
    case .data(let mediaType, let base64):
      guard let format = format(mediaType) else {
        return ["text": .string("(A picture of the type \(mediaType), which cannot be shown here.)")]
      }
      return ["image": ["format": .string(format), "source": ["bytes": .string(base64)]]]
    case .url(let url):
      let ending = url.split(separator: ".").last.map(String.init) ?? ""
      guard url.hasPrefix("s3://"), let format = format("image/\(ending)") else {
        return ["text": .string("(A picture at \(url), which cannot be shown here.)")]
      }
      return ["image": ["format": .string(format), "source": ["s3Location": ["uri": .string(url)]]]]
    }
  }

  private static func format(_ mediaType: String) -> String? {
    switch mediaType.lowercased() {
    case "image/png": "png"
    case "image/jpeg", "image/jpg": "jpeg"
    case "image/gif": "gif"
    case "image/webp": "webp"
    default: nil
    }
  }
}
