import Basics
import Model
import Pipelines

/// What was said, as the `messages` of a request tell it.
struct ChatTranscript: Equatable, Sendable {
  /// What system and developer messages say, wherever they stand.
  var instructions: [String] = []
  /// Oldest first. Results of tools that come in a row are one message, as the hub keeps them.
  var messages: [GivenMessage] = []

  /// Messages that one call may bring.
  static let most = 2000

  init() {}

  /// Reads `messages`; the last one must be something that can be answered.
  init(_ body: OpenAIBody) throws(OpenAIFault) {
    guard let elements = try body.bodies("messages"), !elements.isEmpty else {
      throw body.missing("messages")
    }
    guard elements.count <= Self.most else {
      throw body.wrongValue("messages", "There may be \(Self.most) messages.")
    }
    for element in elements { try add(element) }
    guard let last = messages.last else {
      throw body.wrongValue("messages", "There must be a message of the user.")
    }
    guard last.role != .agent else {
      throw body.wrongValue(
        "messages", "The last one must be the user's, or a tool's: agents do not go on with their own words.")
    }
  }

  private mutating func add(_ message: OpenAIBody) throws(OpenAIFault) {
    switch try message.requiredText("role") {
    case "system", "developer":
      let text = try Self.content(of: message, allowsImages: false).text
      if !text.isEmpty { instructions.append(text) }
    case "user":
      messages.append(
        GivenMessage(role: .user, parts: try Self.content(of: message, allowsImages: true)))
    case "assistant": messages.append(GivenMessage(role: .agent, parts: try Self.answer(message)))
    case "tool": try addResult(message)
    case "function":
      throw message.wrongValue("role", "Functions have become tools; send their results as role 'tool'.")
    default:
      throw message.wrongValue(
        "role", "It must be one of 'system', 'developer', 'user', 'assistant' and 'tool'.")
    }
  }

  private mutating func addResult(_ message: OpenAIBody) throws(OpenAIFault) {
    let id = try message.requiredText("tool_call_id")
    let parts = try Self.content(of: message, allowsImages: true)
    let result = MessagePart(.toolResult(ToolResult(call: id, name: name(ofCall: id) ?? "", parts: parts)))
    if let last = messages.last, last.role == .tool {
      messages[messages.count - 1] = GivenMessage(role: .tool, parts: last.parts + [result])
    } else {
      messages.append(GivenMessage(role: .tool, parts: [result]))
    }
  }

  private func name(ofCall id: String) -> String? {
    for message in messages.reversed() {
      if let call = message.parts.toolCalls.first(where: { $0.id == id }) { return call.name }
    }
    return nil
  }

  // MARK: Content

  /// Words, pictures, or nothing but calls of tools.
  private static func answer(_ message: OpenAIBody) throws(OpenAIFault) -> [MessagePart] {
    var parts: [MessagePart] = []
    if message.value("content") != nil { parts = try content(of: message, allowsImages: false) }
    if let refusal = try message.text("refusal"), !refusal.isEmpty {
      parts.append(MessagePart(.refusal(refusal)))
    }
    for call in try message.bodies("tool_calls") ?? [] {
      guard let function = try call.body("function") else {
        throw call.unsupported("type", "The hub knows tools of type 'function'.")
      }
      let arguments = try function.text("arguments") ?? "{}"
      let isObject = (try? JSON.parse(arguments))?.object != nil
      parts.append(
        MessagePart(
          .toolCall(
            ToolCall(
              id: try call.requiredText("id"), name: try function.requiredText("name"),
              arguments: arguments, isValid: isObject))))
    }
    if message.value("function_call") != nil {
      throw message.unsupported("function_call", "Functions have become tools; send 'tool_calls'.")
    }
    return parts.isEmpty ? [.text("")] : parts
  }

  private static func content(
    of message: OpenAIBody, allowsImages: Bool
  ) throws(OpenAIFault) -> [MessagePart] {
    guard let value = message.value("content") else { throw message.missing("content") }
    if let text = value.string { return [.text(text)] }
    guard value.array != nil, let pieces = try message.bodies("content") else {
      throw message.wrongType("content", "a string or an array", value)
    }
    var parts: [MessagePart] = []
    for piece in pieces { parts.append(try part(piece, allowsImages: allowsImages)) }
    return parts.isEmpty ? [.text("")] : parts
  }

  private static func part(_ piece: OpenAIBody, allowsImages: Bool) throws(OpenAIFault) -> MessagePart {
    switch try piece.requiredText("type") {
    case "text": return .text(try piece.text("text") ?? "")
    case "refusal": return MessagePart(.refusal(try piece.text("refusal") ?? ""))
    case "image_url" where allowsImages:
      let url = piece.value("image_url")
      guard let text = url?.string ?? url?["url"]?.string, let source = ImageSource(url: text) else {
        throw piece.wrongValue("image_url", "It must be https://… or data:image/png;base64,….")
      }
      return MessagePart(.image(source))
    case let type:
      throw piece.unsupported(
        "type",
        "The hub knows 'text'\(allowsImages ? " and 'image_url'" : "") here, not '\(type.prefix(50))'.")
    }
  }
}
