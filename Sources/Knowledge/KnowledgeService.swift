package import Basics
package import Model
package import Storage
import Synchronization

/// Documents that agents look things up in: takes them in, indexes them, finds what they say.
///
/// Whoever starts it stops it.
package final class KnowledgeService: Sendable {
  /// What an operator decides.
  package struct Configuration: Sendable {
    /// Who makes the vectors of a collection that does not say: `lexical`, or `provider/model`.
    package var embedder = LexicalModel.name
    /// Bytes of vectors that are kept in memory.
    package var vectorMemory = 256 << 20
    package var cache = SessionCache.Limits()

    package init() {}
  }

  let store: Store
  let models: EmbeddingModelTable
  let configuration: Configuration
  let log: Log
  let shelf: VectorShelf
  let cache: Mutex<SessionCache>
  /// Collections that are filled just now, because somebody asked them first.
  let fillings = Mutex<[String: Task<Void, any Error>]>([:])
  private let wordCounts = SharedWordCounts()
  private let indexing: IndexDriver

  package init(
    store: Store, models: EmbeddingModelTable, configuration: Configuration = Configuration(), log: Log
  ) {
    self.store = store
    self.models = models
    self.configuration = configuration
    self.log = log
    shelf = VectorShelf(store: store, limit: configuration.vectorMemory, log: log)
    cache = Mutex(SessionCache(limits: configuration.cache))
    indexing = IndexDriver(store: store, models: models, log: log)
  }

  /// Goes on with the jobs that an earlier process left.
  package func start() async throws {
    try await store.write { store in
      try store.documents.forgetDeleted()
      try store.collections.forgetDeleted()
    }
    await indexing.start()
  }

  /// Ends the indexing where it is; it goes on at the next start.
  package func stop() async { await indexing.stop() }

  /// Tells the indexing that there is work.
  func ring() async { await indexing.ring() }

  /// Waits until a job is over, or the service stops.
  ///
  /// - Throws: `job_not_found`.
  package func outcome(of id: Identifier<IndexJob>) async throws -> IndexJob {
    guard let job = try await indexing.wait(for: id) else {
      throw KnowledgeError.notFound(noun: "job", name: id.text)
    }
    return job
  }

  /// Finds what the documents of a collection say about a question.
  ///
  /// - Throws: `collection_not_found`, `invalid_field`, `embedder_failed`, `embedder_unknown`, what the store throws.
  package func search(_ query: SearchQuery) async throws -> SearchAnswer {
    let driver = SearchDriver(store: store, shelf: shelf, models: models, counts: wordCounts)
    var answer = try await answered(query, driver)
    if let addition = query.addition, KnowledgeCollection.isName(addition) {
      var other = query
      other.collection = addition
      do {
        answer.hits = Self.merged(answer.hits, try await driver.search(other).hits, limit: query.limit)
      } catch KnowledgeError.notFound {}  // there is nothing to add
    }
    return answer
  }

  private func answered(_ query: SearchQuery, _ driver: SearchDriver) async throws -> SearchAnswer {
    _ = await waitWhileFilling(query.collection, tenant: query.tenant)
    do {
      return try await driver.search(query)
    } catch let error as KnowledgeError {
      guard case .notFound = error, try await fillAtFirstUse(query.collection, tenant: query.tenant) else {
        throw error
      }
      return try await driver.search(query)
    }
  }

  /// The best of both; scores are of ranks, so they can be compared.
  private static func merged(_ hits: [SearchHit], _ others: [SearchHit], limit: Int) -> [SearchHit] {
    let all = (hits + others).enumerated().sorted {
      ($1.element.score, $0.offset) < ($0.element.score, $1.offset)
    }
    return all.prefix(limit).map(\.element)
  }

  /// Bytes of vectors in memory now.
  package var vectorBytes: Int { get async { await shelf.bytes } }
}
