import Basics
import Model

/// A conversation in Converse's words: users and the assistant take turns, a user begins, no text is blank.
struct ConverseMessages {
  /// Name what goes back with reasoning; Claude refuses its own reasoning without them.
  static let signature = "signature"
  static let redacted = "redacted"

  private let completion: CompletionRequest

  init(_ completion: CompletionRequest) { self.completion = completion }

  var json: [JSON] {
    var messages: [(role: String, blocks: [JSON])] = []
    for turn in completion.turns where turn.role != .system {
      let blocks = turn.parts.flatMap(blocks)
      guard !blocks.isEmpty else { continue }
      let role = turn.role == .assistant ? "assistant" : "user"
      if messages.last?.role == role {
        messages[messages.count - 1].blocks += blocks
      } else {
        messages.append((role, blocks))
      }
    }
    // Old turns are left out of a long conversation, so it may begin with an answer.
    if messages.first?.role == "assistant" { messages.insert(("user", [["text": "…"]]), at: 0) }
    return messages.map { ["role": .string($0.role), "content": .array($0.blocks)] }
  }

  private func blocks(_ part: MessagePart) -> [JSON] {
    switch part.content {
    case .text(let text), .refusal(let text): return Self.text(text).map { [$0] } ?? []
    case .reasoning(let text): return reasoning(text, of: part)
    case .image(let source): return Self.image(source).map { [$0] } ?? []
    case .toolCall(let call):
      let block: JSON = [
        "toolUseId": .string(Self.identifier(call.id)), "name": .string(call.name),
        "input": call.argumentsObject,
      ]
      return [["toolUse": block]]
    case .toolResult(let result): return [["toolResult": Self.result(result)]]
    case .foreign(let json): return completion.replay(part, to: "bedrock") == nil ? [] : [json]
    }
  }

  private static func text(_ text: String) -> JSON? {
    text.contains { !$0.isWhitespace } ? ["text": .string(text)] : nil
  }

  /// Reasoning goes back to the model that wrote it, and only with its proof.
  private func reasoning(_ text: String, of part: MessagePart) -> [JSON] {
    guard let proof = completion.replay(part, to: "bedrock") else { return [] }
    var blocks: [JSON] = []
    if let signature = proof[Self.signature] {
      blocks.append(["reasoningContent": ["reasoningText": ["text": .string(text), "signature": signature]]])
    }
    if let redacted = proof[Self.redacted] {
      blocks.append(["reasoningContent": ["redactedContent": redacted]])
    }
    return blocks
  }

  /// Bedrock fetches nothing but from S3.
  private static func image(_ source: ImageSource) -> JSON? {
    switch source {
    case .data(let mediaType, let base64):
      guard let format = format(mediaType) else { return nil }
      return ["image": ["format": .string(format), "source": ["bytes": .string(base64)]]]
    case .url(let url):
      let ending = url.lowercased().split(separator: ".").last.map(String.init) ?? ""
      guard url.hasPrefix("s3://"), let format = format("image/\(ending)") else { return nil }
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

  private static func result(_ result: ToolResult) -> JSON {
    let content: [JSON] = result.parts.compactMap { part in
      switch part.content {
      case .text(let text): self.text(text)
      case .image(let source): image(source)
      default: nil
      }
    }
    var object: JSONObject = ["toolUseId": .string(identifier(result.call))]
    // An empty list is refused for errors, and by some models always.
    object["content"] = .array(content.isEmpty ? [["text": "The tool gave no text."]] : content)
    // Success goes without saying; models other than Nova and Claude do not know the word.
    if result.isError { object["status"] = "error" }
    return .object(object)
  }

  /// Ids of other providers may hold what Bedrock's must not; a call and its result get the same one.
  private static func identifier(_ id: String) -> String {
    let isUsable =
      (1...64).contains(id.utf8.count) && !id.utf8.contains(UInt8(ascii: "~"))
      && CanonicalRequest.percentEncoded(id, keeping: ":") == id
    return isUsable ? id : "call_\(Hexadecimal.text(SHA256.digest(id.utf8).prefix(16)))"
  }
}
