import Basics
import Model

/// One block of an answer while it grows.
struct ConverseBlock: Sendable {
  /// A tool that the model wants called.
  struct Call: Sendable {
    var index: Int
    var id: String
    var name: String
    var isSynthetic: Bool
    var arguments = ""
  }

  /// What the block turned out to be.
  enum Content: Sendable {
    /// Nothing has come that has to be gathered.
    case none
    case text
    case reasoning(signature: String, redacted: [UInt8])
    case call(Call)
    case image(format: String, bytes: [UInt8])
    /// A tool that AWS itself calls, with its input; goes back as it came.
    case serverCall(JSONObject, input: String)
    /// What such a tool answered.
    case serverResult(JSONObject, content: [JSON])
  }

  private(set) var content = Content.none

  /// A block whose kind its first piece will tell.
  init() {}

  /// A block that announces itself, or nil when it is of a kind that is not known.
  ///
  /// - Parameter call: the number of calls before it.
  init?(start: JSON, call: Int) {
    if let tool = start["toolUse"]?.object {
      content = Self.content(ofTool: tool, call)
    } else if let format = start["image"]?["format"]?.string {
      content = .image(format: format, bytes: [])
    } else if let result = start["toolResult"]?.object {
      content = .serverResult(result, content: [])
    } else {
      return nil
    }
  }

  private static func content(ofTool tool: JSONObject, _ call: Int) -> Content {
    guard tool["type"]?.string != "server_tool_use" else { return .serverCall(tool, input: "") }
    let id = tool["toolUseId"]?.string ?? ""
    return .call(
      Call(
        index: call, id: id.isEmpty ? "call_\(call)" : id, name: tool["name"]?.string ?? "",
        isSynthetic: id.isEmpty))
  }

  /// Takes the next piece.
  mutating func receive(_ delta: JSON, into events: inout [ProviderEvent]) {
    if let text = delta["text"]?.string {
      if case .none = content { content = .text }
      if !text.isEmpty { events.append(.text(text)) }
    } else if let reasoning = delta["reasoningContent"] {
      receive(reasoning: reasoning, into: &events)
    } else if let input = delta["toolUse"]?["input"]?.string {
      receive(input: input, into: &events)
    } else if let image = delta["image"] {
      receive(image: image, into: &events)
    } else if let pieces = delta["toolResult"]?.array {
      if case .serverResult(let result, let content) = content {
        self.content = .serverResult(result, content: content + pieces)
      }
    } else if let member = delta.object?.members.first {
      events.append(.raw(name: member.name, json: member.value))
    }
  }

  /// Says that the block is over.
  func end(into events: inout [ProviderEvent]) {
    switch content {
    case .none: break
    case .text, .reasoning: events.append(.partEnd)
    case .call(let call): events.append(call.end(isWhole: true))
    case .image(let format, let bytes):
      guard !bytes.isEmpty else { break }
      events.append(.image(.data(mediaType: "image/\(format)", base64: Base64.encode(bytes))))
    case .serverCall(var tool, let input):
      tool["input"] = (try? JSON.parse(input)) ?? [:]
      events.append(.foreign(["toolUse": .object(tool)]))
    case .serverResult(var result, let content):
      result["content"] = .array(content)
      events.append(.foreign(["toolResult": .object(result)]))
    }
  }

  /// Says that the block breaks off.
  func abandon(into events: inout [ProviderEvent]) {
    if case .call(let call) = content { events.append(call.end(isWhole: false)) }
  }

  // MARK: Pieces

  /// What proves reasoning is told again whenever more of it comes, so that a block that breaks off loses none.
  private mutating func receive(reasoning: JSON, into events: inout [ProviderEvent]) {
    var (signature, redacted) = ("", [UInt8]())
    if case .reasoning(let known, let sealed) = content { (signature, redacted) = (known, sealed) }
    if let text = reasoning["text"]?.string, !text.isEmpty { events.append(.reasoning(text)) }
    if let piece = reasoning["signature"]?.string, !piece.isEmpty {
      signature += piece
      events.append(.replay(name: ConverseContent.signature, json: .string(signature), of: .reasoning))
    }
    if let piece = reasoning["redactedContent"]?.string.flatMap(Base64.decode), !piece.isEmpty {
      redacted += piece
      let text = JSON.string(Base64.encode(redacted))
      events.append(.replay(name: ConverseContent.redacted, json: text, of: .reasoning))
    }
    content = .reasoning(signature: signature, redacted: redacted)
  }

  private mutating func receive(input: String, into events: inout [ProviderEvent]) {
    switch content {
    case .call(var call):
      content = .none
      call.arguments += input
      content = .call(call)
      if !input.isEmpty { events.append(.toolCallArguments(index: call.index, fragment: input)) }
    case .serverCall(let tool, let known): content = .serverCall(tool, input: known + input)
    default: break
    }
  }

  private mutating func receive(image: JSON, into events: inout [ProviderEvent]) {
    if let error = image["error"], !error.isNull {
      events.append(.raw(name: "image", json: ["error": error]))
    }
    guard case .image(let format, var bytes) = content,
      let piece = image["source"]?["bytes"]?.string.flatMap(Base64.decode)
    else { return }
    content = .none
    bytes += piece
    content = .image(format: format, bytes: bytes)
  }
}

extension ConverseBlock.Call {
  fileprivate func end(isWhole: Bool) -> ProviderEvent {
    let text = arguments.utf8.allSatisfy { $0 <= 0x20 } ? "{}" : arguments
    let isValid = isWhole && (try? JSON.parse(text))?.object != nil
    return .toolCallEnd(index: index, arguments: text, isValid: isValid)
  }
}

// MARK: Whole blocks

extension ConverseBlock {
  /// A block of a document as the stream would have brought it.
  static func parts(of block: JSON) -> (start: JSON?, deltas: [JSON]) {
    if let tool = block["toolUse"]?.object {
      var start = tool
      start["input"] = nil
      return (["toolUse": .object(start)], [["toolUse": ["input": .string((tool["input"] ?? [:]).text)]]])
    }
    if let reasoning = block["reasoningContent"] {
      let text = reasoning["reasoningText"]?.object
      let pieces = [
        text?["text"].map { ["text": $0] as JSON }, text?["signature"].map { ["signature": $0] },
        reasoning["redactedContent"].map { ["redactedContent": $0] },
      ]
      return (nil, pieces.compactMap { $0.map { ["reasoningContent": $0] } })
    }
    if let image = block["image"] {
      return (["image": ["format": image["format"] ?? .null]], [["image": image]])
    }
    if let result = block["toolResult"]?.object {
      return (["toolResult": .object(result)], [["toolResult": result["content"] ?? []]])
    }
    if let texts = block["citationsContent"]?["content"]?.array {
      let citations: JSON = ["citation": block["citationsContent"]?["citations"] ?? []]
      return (nil, texts + [citations])
    }
    return (nil, [block])
  }
}
