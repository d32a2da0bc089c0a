package import Basics

/// One piece of a message: said, shown, thought, asked of a tool, or answered by one. A message's `parts` are a JSON array of these; one
/// that is nothing but its text has none.
package struct MessagePart: Equatable, Sendable {
  /// What the piece is.
  package enum Content: Equatable, Sendable {
    case text(String)
    /// The model's words for not answering.
    case refusal(String)
    /// Reasoning that can be read; empty when only `replay` has it.
    case reasoning(String)
    case image(ImageSource)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
    /// A piece in the words of the provider that `replay` names. Nobody else can read it.
    case foreign(JSON)
  }

  package var content: Content
  /// What the provider that wrote the piece must get back with it; nil for what people and tools said.
  package var replay: ReplayState?

  package init(_ content: Content, replay: ReplayState? = nil) {
    self.content = content
    self.replay = replay
  }

  /// A piece of plain text.
  package static func text(_ text: String) -> MessagePart { MessagePart(.text(text)) }
}

/// What only the model that wrote a piece can use: signatures, sealed reasoning, the name of a member. It goes back unchanged, and only to
/// the same provider and model; others would refuse it.
package struct ReplayState: Equatable, Sendable {
  /// The name in the provider table.
  package var provider: String
  /// The model as it was asked for.
  package var model: String
  /// By the names that the provider's dialect gives them.
  package var data: JSONObject

  package init(provider: String, model: String, data: JSONObject = [:]) {
    self.provider = provider
    self.model = model
    self.data = data
  }

  /// Whether the piece may go back to a model.
  package func isFrom(provider: String, model: String) -> Bool {
    self.provider == provider && self.model == model
  }
}

/// Where a picture is.
package enum ImageSource: Equatable, Sendable {
  /// The bytes in base64, and their type, `image/png` for example.
  case data(mediaType: String, base64: String)
  /// Somewhere the provider can fetch it.
  case url(String)

  /// Reads a URL of the web, or one that holds the picture itself: `data:image/png;base64,…` (RFC 2397). Nil for anything else.
  package init?(url: String) {
    if url.hasPrefix("https://") || url.hasPrefix("http://") {
      self = .url(url)
      return
    }
    let parts = url.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasPrefix("data:image/"), parts[0].hasSuffix(";base64"),
      let bytes = Base64.decode(String(parts[1])), !bytes.isEmpty
    else { return nil }
    let mediaType = parts[0].dropFirst("data:".count).prefix { $0 != ";" }
    self = .data(mediaType: String(mediaType), base64: String(parts[1]))
  }

  /// UTF-8 bytes of what the picture is stored as.
  package var size: Int {
    switch self {
    case .data(let mediaType, let base64): mediaType.utf8.count + base64.utf8.count
    case .url(let url): url.utf8.count
    }
  }
}

/// A model wants a tool to be called.
package struct ToolCall: Equatable, Sendable {
  package var id: String
  package var name: String
  /// JSON text, as the model wrote it.
  package var arguments: String
  /// Whether the arguments came whole and are an object; other calls must not be executed.
  package var isValid: Bool

  package init(id: String, name: String, arguments: String, isValid: Bool = true) {
    self.id = id
    self.name = name
    self.arguments = arguments
    self.isValid = isValid
  }

  /// The arguments for dialects that want an object; empty when they are none.
  package var argumentsObject: JSON {
    guard let json = try? JSON.parse(arguments), json.object != nil else { return [:] }
    return json
  }
}

/// What a tool answered.
package struct ToolResult: Equatable, Sendable {
  /// The id of the call it answers.
  package var call: String
  /// The tool's name, which some dialects want again.
  package var name: String
  /// Texts and images.
  package var parts: [MessagePart]
  package var isError: Bool

  package init(call: String, name: String, parts: [MessagePart], isError: Bool = false) {
    self.call = call
    self.name = name
    self.parts = parts
    self.isError = isError
  }

  /// The texts, one after the other.
  package var text: String { parts.text }
}

extension [MessagePart] {
  /// What was said: texts and refusals, one after the other.
  package var text: String {
    reduce(into: "") { text, part in
      switch part.content {
      case .text(let piece), .refusal(let piece): text += piece
      default: break
      }
    }
  }

  /// The tools that are asked for, in order.
  package var toolCalls: [ToolCall] {
    compactMap { if case .toolCall(let call) = $0.content { call } else { nil } }
  }
}
