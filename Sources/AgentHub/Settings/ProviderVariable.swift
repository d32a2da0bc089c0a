/// A variable that belongs to a provider and keeps the name the provider's own tools gave it.
struct ProviderVariable: Sendable {
  let name: String
  let isSecret: Bool
  /// Whether the key may also stand in `NAME_1` … `NAME_20`; the first that is set is used until the key pool comes.
  let isNumbered: Bool
  let meaning: String

  /// The one list. Rows are accepted and handed on as they are; the provider's codec gives them their meaning.
  static let all: [Self] = [
    key("OPENAI_API_KEY", "key for OpenAI-compatible servers; \(firstOnly)"),
    address("OPENAI_BASE_URL", "address of the OpenAI-compatible provider, ending in `/v1`"),
    address("OLLAMA_BASE_URL", "address of Ollama; default `http://127.0.0.1:11434`"),
    key("BYTEZ_API_KEY", "key of Bytez; \(firstOnly)"),
    Self(
      name: "BYTEZ_API_KEYS", isSecret: true, isNumbered: false,
      meaning: "keys of Bytez, with commas; \(firstOnly)"),
    address("BYTEZ_BASE_URL", "address of Bytez, ending in `/models/v2/openai/v1`"),
    key("GOOGLE_API_KEY", "kept for Gemini, which comes later"),
    address("GEMINI_BASE_URL", "kept for Gemini, which comes later"),
    key("ANTHROPIC_API_KEY", "kept for Anthropic, which comes later"),
    address("ANTHROPIC_BASE_URL", "kept for Anthropic, which comes later"),
    aws("AWS_ACCESS_KEY_ID"), aws("AWS_SECRET_ACCESS_KEY"), aws("AWS_SESSION_TOKEN"),
    aws("AWS_BEARER_TOKEN_BEDROCK"), aws("AWS_REGION", isSecret: false),
    aws("AWS_DEFAULT_REGION", isSecret: false), aws("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", isSecret: false),
  ]

  private static let firstOnly = "the first one is used until the key pool comes"

  /// The row a variable belongs to: by its own name, or by `NAME_1` … `NAME_20` for a numbered one.
  static func owner(of variable: String) -> Self? {
    self.all.first { row in
      variable == row.name || row.isNumbered && (1...20).contains { variable == "\(row.name)_\($0)" }
    }
  }

  private static func key(_ name: String, _ meaning: String) -> Self {
    Self(name: name, isSecret: true, isNumbered: true, meaning: meaning)
  }

  private static func address(_ name: String, _ meaning: String) -> Self {
    Self(name: name, isSecret: false, isNumbered: false, meaning: meaning)
  }

  private static func aws(_ name: String, isSecret: Bool = true) -> Self {
    Self(name: name, isSecret: isSecret, isNumbered: false, meaning: "kept for Bedrock, which comes later")
  }
}

/// A secret as it may be shown: its last four characters, and nothing of one too short to lose four.
func masked(_ secret: String) -> String {
  secret.count >= 12 ? "…\(secret.suffix(4))" : "…"
}
