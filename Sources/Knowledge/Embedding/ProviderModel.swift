package import Basics
package import Model
package import Providers

/// Vectors of a provider's model.
package struct ProviderModel: EmbeddingModel {
  /// How a call goes out, and for which agent; keys, waiting, trying again and budgets are its affair.
  package typealias Call = @Sendable (EmbeddingCall, Identifier<Agent>?) async throws -> [[Float]]

  package let name: String
  package let batch = 64
  package let floor: Float? = nil
  package let weight = 1.0
  private let provider: String
  private let model: String
  private let call: Call

  /// - Parameter name: `provider/model`; nil when it is not of that form, or the provider makes no vectors.
  package init?(named name: String, call: @escaping Call) {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, EmbeddingTable.codec(named: parts[0]) != nil else { return nil }
    self.name = name
    provider = parts[0]
    model = parts[1]
    self.call = call
  }

  package func embed(
    _ texts: [String], for purpose: EmbeddingCall.Purpose, of agent: Identifier<Agent>?
  ) async throws -> [[Float]] {
    do {
      let vectors = try await call(
        EmbeddingCall(provider: provider, model: model, texts: texts, purpose: purpose), agent)
      return vectors.map(\.normalized)
    } catch let error as any CodedError {
      throw KnowledgeError.embedderFailed(embedder: name, detail: error.message, hint: error.hint)
    }
  }
}

/// The makers of vectors that there are, by name.
package struct EmbeddingModelTable: Sendable {
  private let call: ProviderModel.Call?

  /// - Parameter call: how providers are asked; nil when there are none.
  package init(call: ProviderModel.Call? = nil) { self.call = call }

  /// The maker of that name.
  ///
  /// - Throws: `embedder_unknown`.
  package func model(named name: String) throws(KnowledgeError) -> any EmbeddingModel {
    if name == LexicalModel.name { return LexicalModel() }
    guard let call, let model = ProviderModel(named: name, call: call) else {
      throw .unknownEmbedder(name)
    }
    return model
  }
}
