import Knowledge
import Pipelines
import Synchronization

/// What asks providers for vectors as runs do: by the same keys, limits, prices and budgets.
///
/// Documents are a tool of runs, and runs have the way to providers: whoever is made first gets the other later.
final class LateEmbedder: Sendable {
  private let embedder = Mutex<Embedder?>(nil)

  func set(_ embedder: Embedder) { self.embedder.withLock { $0 = embedder } }

  /// Makers of vectors, which fail until the embedder is there.
  var models: EmbeddingModelTable {
    EmbeddingModelTable { [self] call, agent in
      guard let embedder = embedder.withLock({ $0 }) else { throw KnowledgeError.stopping }
      return try await embedder.embed(call, for: agent).vectors
    }
  }
}
