import Basics
package import Model

/// Texts that shall become vectors.
package struct EmbeddingCall: Equatable, Sendable {
  /// What the vectors are for; some models embed questions and documents differently.
  package enum Purpose: String, Sendable, CaseIterable {
    case query, document
  }

  /// A name or alias of `ProviderTable`.
  package var provider: String
  package var model: String
  package var texts: [String]
  /// How long the vectors shall be; nil for the model's own length.
  package var dimensions: Int?
  package var purpose: Purpose?
  package var configuration: AgentConfiguration

  package init(
    provider: String, model: String, texts: [String], dimensions: Int? = nil, purpose: Purpose? = nil,
    configuration: AgentConfiguration = AgentConfiguration()
  ) {
    self.provider = provider
    self.model = model
    self.texts = texts
    self.dimensions = dimensions
    self.purpose = purpose
    self.configuration = configuration
  }

  /// Whom the call goes to, in the terms of all calls: what the gate must know of it.
  package var call: ProviderCall {
    var request = CompletionRequest(model: model, turns: [])
    request.options = configuration.providerOptions ?? [:]
    return ProviderCall(provider: provider, request: request, configuration: configuration)
  }
}

/// The vectors of an `EmbeddingCall`.
package struct EmbeddingAnswer: Equatable, Sendable {
  /// One for each text, in the order of the texts; all of the same length.
  package var vectors: [[Float]]
  /// Nil when the provider does not count.
  package var usage: Usage?

  package init(vectors: [[Float]], usage: Usage? = nil) {
    self.vectors = vectors
    self.usage = usage
  }
}

/// One vendor's way to ask for vectors. Has no state.
package protocol EmbeddingCodec: Sendable {
  /// How many texts one request may hold.
  func maximumTexts(of model: String) -> Int

  /// Writes the request.
  ///
  /// - Throws: `provider_key_missing`, `provider_invalid_request`; nothing was sent then.
  func encode(_ call: EmbeddingCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall

  /// Reads the whole body of an answer whose status is good.
  ///
  /// - Throws: what the server reports, `provider_malformed`.
  func decode(_ body: [UInt8], origin: ProviderOrigin) throws(ProviderError) -> EmbeddingAnswer
}
