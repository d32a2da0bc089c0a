import Fetch

/// How a server of the Chat Completions API wants to be spoken to. An agent's `config.providerOptions` can still add, replace or (with
/// null) take away any member of the body.
struct ChatServer: Sendable, Equatable {
  /// Which member bounds the answer's tokens.
  enum LimitField: String {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
  }

  /// How a key is sent.
  enum KeyField: Equatable {
    case authorization
    /// A field of its own, with the bare key.
    case named(String)
  }

  var limitField = LimitField.maxTokens
  /// Used when the call names none.
  var defaultLimit: Int?
  /// Strict servers refuse members that they do not know, so this is only sent where it is known.
  var asksForUsage = false
  /// OpenAI pads chunks against eavesdroppers unless told not to; TLS records are what they are here.
  var refusesPadding = false
  /// Whether the server is on the Internet, where a key must not travel in the clear.
  var isHosted = false
  /// Whether the server answers nobody without a key.
  var needsKey = false
  var keyField = KeyField.authorization
  /// The member in which reasoning must come back with calls of tools; nil where it must not.
  var reasoningMember: String?
  var seedMember = "seed"
  /// The word for "must call some tool".
  var requiredChoice = "required"
  /// Whether it knows `top_k`, which OpenAI itself refuses.
  var takesTopK = true
  /// Whether models whose names begin so refuse sampling members and `stop`.
  var hasReasoningModels = false
}

/// The servers that differ, by the domains that they are at.
enum ChatServerTable {
  struct Row: Sendable {
    let domains: [String]
    let server: ChatServer
  }

  static let rows: [Row] = [
    row("openai.com") {
      $0.limitField = .maxCompletionTokens
      $0.refusesPadding = true
      $0.needsKey = true
      $0.takesTopK = false
      $0.hasReasoningModels = true
    },
    row("openai.azure.com") {
      $0.limitField = .maxCompletionTokens
      $0.keyField = .named("api-key")
      $0.takesTopK = false
      $0.hasReasoningModels = true
    },
    row("groq.com") { $0.takesTopK = false },
    row("openrouter.ai"),
    // With thinking on, a turn that called tools is refused without its reasoning.
    row("deepseek.com") { $0.reasoningMember = "reasoning_content" },
    row("together.xyz", "together.ai", "fireworks.ai"),
    row("mistral.ai") {
      // Streams count by themselves, and members that it does not know are refused.
      $0.asksForUsage = false
      $0.seedMember = "random_seed"
      $0.requiredChoice = "any"
      $0.takesTopK = false
    },
    row("googleapis.com") { $0.takesTopK = false },
    row("api.bytez.com") {
      $0.asksForUsage = false
      $0.defaultLimit = 4096
      $0.needsKey = true
    },
  ]

  /// The server at an address; one that is not known gets the plain members only.
  static func server(at url: FetchURL) -> ChatServer {
    rows.first { $0.domains.contains { url.host == $0 || url.host.hasSuffix(".\($0)") } }?.server
      ?? ChatServer()
  }

  /// A server on the Internet that takes `stream_options`, but for what `differs` says.
  private static func row(_ domains: String..., differs: (inout ChatServer) -> Void = { _ in }) -> Row {
    var server = ChatServer()
    server.asksForUsage = true
    server.isHosted = true
    differs(&server)
    return Row(domains: domains, server: server)
  }
}

extension ChatServer {
  /// Whether a model refuses sampling members: the `o` series and GPT-5; its chat variants do not reason.
  func reasons(_ model: String) -> Bool {
    guard hasReasoningModels else { return false }
    let name = model.lowercased()
    if name.hasPrefix("gpt-5") { return !name.contains("chat") }
    return name.first == "o" && name.dropFirst().first?.isNumber == true
  }
}
