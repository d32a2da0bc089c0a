extension EmbeddingCall {
  /// UTF-8 bytes of the texts of one request. Servers count tokens (OpenAI takes 300,000 a request), and none is smaller than two bytes on
  /// average.
  private static let requestBytes = 512 << 10

  /// The call in pieces of which the provider takes each as one request, in the order of the texts.
  ///
  /// - Throws: `provider_unsupported` for one without embeddings.
  package func parts() throws(ProviderError) -> [EmbeddingCall] {
    let most = try EmbeddingTable.requiredCodec(for: self).maximumTexts(of: model)
    var parts: [EmbeddingCall] = []
    var start = 0
    var bytes = 0
    for index in texts.indices {
      let size = texts[index].utf8.count
      if index > start, index - start == most || bytes + size > Self.requestBytes {
        parts.append(part(start..<index))
        start = index
        bytes = 0
      }
      bytes += size
    }
    if start < texts.count { parts.append(part(start..<texts.count)) }
    return parts
  }

  private func part(_ range: Range<Int>) -> EmbeddingCall {
    var part = self
    part.texts = Array(texts[range])
    return part
  }
}
