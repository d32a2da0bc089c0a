/// The providers that turn texts into vectors.
package enum EmbeddingTable {
  private static let codecs: [(provider: String, codec: any EmbeddingCodec)] = [
    ("openai", OpenAIEmbedding()), ("ollama", OllamaEmbedding()), ("gemini", GeminiEmbedding()),
    ("bytez", BytezEmbedding()), ("bedrock", BedrockEmbedding()),
  ]

  /// The codec of a provider, by its name or an alias; nil when it has none.
  package static func codec(named name: String) -> (any EmbeddingCodec)? {
    let provider = ProviderTable.row(named: name)?.name
    return codecs.first { $0.provider == provider }?.codec
  }

  /// Names for messages.
  static var available: String { codecs.map(\.provider).joined(separator: ", ") }
}
