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

  /// The codec of a call's provider.
  ///
  /// - Throws: `provider_unknown`, `provider_unsupported`.
  static func requiredCodec(for call: EmbeddingCall) throws(ProviderError) -> any EmbeddingCodec {
    guard let row = ProviderTable.row(named: call.provider) else {
      throw .unknownProvider(call.call)
    }
    guard let codec = codec(named: row.name) else {
      throw ProviderError(
        .unsupported, "The provider \(row.name) has no embeddings.",
        hint: "Use one of these: \(available).", provider: row.name, model: call.model)
    }
    return codec
  }

  /// Names for messages.
  static var available: String { codecs.map(\.provider).joined(separator: ", ") }
}
