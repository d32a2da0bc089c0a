/// The one list of providers. To add one is a file and a row.
package enum ProviderTable {
  /// How calls are made.
  package enum Access: Sendable {
    case http(any ProviderCodec)
    /// Answers by itself, without a network.
    case builtIn
    /// Nobody to call: its agents are steps that other agents work on.
    case pipeline
  }

  /// One provider: its names, what it reads, and how it is called.
  package struct Row: Sendable {
    package let name: String
    /// Other names that mean the same.
    package let aliases: [String]
    /// The name as people write it.
    package let title: String
    /// One sentence for a list.
    package let summary: String
    /// Settings of the environment that it reads, beside the time-outs that all share.
    package let settings: [String]
    package let access: Access
    /// Where the keys of its pool come from; nil when it has none.
    var keys: CallTarget.Variables?

    /// Whether it has a pool of keys.
    package var takesKeys: Bool { keys != nil }
  }

  /// In the order in which lists show them.
  package static let rows: [Row] = [
    Row(
      name: "demo", aliases: [], title: "Demo",
      summary: "Built in and offline: streams a labelled sample answer.", settings: [], access: .builtIn),
    Row(
      name: "pipeline", aliases: [], title: "Pipeline",
      summary: "Steps that call agents and tools; see config.pipeline.", settings: [], access: .pipeline),
    Row(
      name: "ollama", aliases: [], title: "Ollama", summary: "Local models over Ollama's own API.",
      settings: keySettings("OLLAMA_API_KEY") + ["OLLAMA_BASE_URL"], access: .http(Ollama()),
      keys: Ollama.variables),
    Row(
      name: "openai", aliases: ["openai-compatible"], title: "OpenAI",
      summary: "OpenAI and every server that speaks its Chat Completions API.",
      settings: keySettings("OPENAI_API_KEY") + ["OPENAI_BASE_URL"], access: .http(OpenAICompatible()),
      keys: OpenAICompatible.variables),
    Row(
      name: "bytez", aliases: [], title: "Bytez", summary: "Open and closed models behind Bytez's gateway.",
      settings: keySettings("BYTEZ_API_KEY") + ["BYTEZ_BASE_URL"], access: .http(Bytez()),
      keys: Bytez.variables),
    Row(
      name: "gemini", aliases: ["google"], title: "Gemini", summary: "Google's models over the Gemini API.",
      settings: keySettings("GOOGLE_API_KEY") + keySettings("GEMINI_API_KEY") + ["GEMINI_BASE_URL"],
      access: .http(Gemini()), keys: Gemini.variables),
    Row(
      name: "bedrock", aliases: ["aws"], title: "AWS Bedrock",
      summary: "Models on AWS, through its Converse API.",
      settings: keySettings(Bedrock.variables.key) + [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
        BedrockEndpoint.addressVariable,
      ], access: .http(Bedrock()), keys: Bedrock.variables),
    Row(
      name: "anthropic", aliases: ["claude"], title: "Anthropic", summary: "Claude over the Messages API.",
      settings: keySettings("ANTHROPIC_API_KEY") + ["ANTHROPIC_BASE_URL"], access: .http(Anthropic()),
      keys: Anthropic.variables),
  ]

  /// The variables that keys may stand in: `X`, `X_1` … `X_20`, and `XS` for a list.
  static func keySettings(_ name: String) -> [String] {
    [name] + numberedKeySettings(name) + ["\(name)S"]
  }

  static func numberedKeySettings(_ name: String) -> [String] {
    (1...KeyPoolMachine.capacity).map { "\(name)_\($0)" }
  }

  /// Settings that all HTTP providers share, in seconds.
  package static let timeoutSettings = ["CONNECT", "FIRST_BYTE", "IDLE", "TOTAL"].map {
    "AGENTHUB_PROVIDER_\($0)_TIMEOUT"
  }

  /// Every setting that some provider reads.
  package static let settingNames = rows.flatMap(\.settings) + timeoutSettings

  /// The row of a name or alias, in any case.
  package static func row(named name: String) -> Row? {
    let name = name.lowercased()
    return rows.first { $0.name == name || $0.aliases.contains(name) }
  }

  /// The names of all, for messages.
  static var names: String { rows.map(\.name).joined(separator: ", ") }
}
