/// A variable that belongs to a provider and keeps the name the provider's own tools gave it.
struct ProviderVariable: Sendable {
  let name: String
  let isSecret: Bool
  /// Whether keys may also stand in `NAME_1` … `NAME_20`, and in `NAMES` as a list: together they are the provider's pool.
  let isPooled: Bool
  let meaning: String

  /// The one list. Rows are accepted and handed on as they are; the provider's codec gives them their meaning.
  static let all: [Self] = [
    key("OPENAI_API_KEY", "keys for OpenAI-compatible servers; \(pool)"),
    address("OPENAI_BASE_URL", "address of the OpenAI-compatible provider, ending in `/v1`"),
    key("OLLAMA_API_KEY", "keys of Ollama's cloud; a server of one's own needs none"),
    address("OLLAMA_BASE_URL", "address of Ollama; default `http://localhost:11434`"),
    key("BYTEZ_API_KEY", "keys of Bytez; \(pool)"),
    address(
      "BYTEZ_BASE_URL",
      "address of Bytez, ending in `/openai/v1`, or in `/models/v2` for its own API"),
    key("GOOGLE_API_KEY", "keys of Gemini; \(pool)"),
    key("GEMINI_API_KEY", "the same, when no `GOOGLE_API_KEY` is set"),
    address("GEMINI_BASE_URL", "address of Gemini, ending in `/v1beta` or `/v1`"),
    key("ANTHROPIC_API_KEY", "keys of Anthropic; \(pool)"),
    address("ANTHROPIC_BASE_URL", "address of Anthropic, with or without `/v1` at its end"),
    key("AWS_BEARER_TOKEN_BEDROCK", "Bedrock API key, used before an access key"),
    aws("AWS_ACCESS_KEY_ID", "access key of AWS, for Bedrock"),
    aws("AWS_SECRET_ACCESS_KEY", "signs requests to Bedrock and is never sent"),
    aws("AWS_SESSION_TOKEN", "belongs to a temporary access key"),
    address("AWS_REGION", "region of Bedrock; default `us-east-1`"),
    address("AWS_DEFAULT_REGION", "region of Bedrock when `AWS_REGION` is not set"),
    address("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "address of Bedrock, instead of the region's own"),
  ]

  private static let pool = "up to 20, with commas or one a variable"

  /// The row a variable belongs to: by its own name, or for a pool by `NAME_1` … `NAME_20` and `NAMES`.
  static func owner(of variable: String) -> Self? {
    self.all.first { row in
      variable == row.name
        || row.isPooled
          && (variable == "\(row.name)S" || (1...20).contains { variable == "\(row.name)_\($0)" })
    }
  }

  private static func key(_ name: String, _ meaning: String) -> Self {
    Self(name: name, isSecret: true, isPooled: true, meaning: meaning)
  }

  private static func address(_ name: String, _ meaning: String) -> Self {
    Self(name: name, isSecret: false, isPooled: false, meaning: meaning)
  }

  private static func aws(_ name: String, _ meaning: String) -> Self {
    Self(name: name, isSecret: true, isPooled: false, meaning: meaning)
  }
}

/// A secret as it may be shown: its last four characters, and nothing of one too short to lose four.
func masked(_ secret: String) -> String {
  secret.count >= 12 ? "…\(secret.suffix(4))" : "…"
}
