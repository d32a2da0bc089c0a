import Basics
package import Model
package import Storage

/// What became of a delivered domain.
package struct DomainReport: Sendable {
  package let domain: KnowledgeDomain
  package let job: IndexJob
  package let chunks: ChunkStatistics
  /// What the domain's probe finds.
  package let probe: [SearchHit]
}

extension KnowledgeService {
  /// Fills a domain's collection with its delivered documents, and tries it.
  ///
  /// - Parameter force: replaces whatever is in the collection.
  /// - Throws: `collection_filled`, `embedder_unknown`, what the store throws.
  package func index(_ domain: KnowledgeDomain, force: Bool) async throws -> DomainReport {
    let name = domain.collection
    let known = try await store.read { store in
      try store.collections.find(name).map { try store.collections.measured($0) }
    }
    if let count = known?.size?.documents, count > 0 {
      guard force else { throw KnowledgeError.filled(collection: name, documents: count) }
      try await clearCollection(name)
    }
    let job = try await outcome(of: add(domain.documents, to: name).id)
    let statistics = try await store.read {
      try $0.chunks.statistics(of: $0.requireCollection(name, "default").number)
    }
    let answer = try await search(
      SearchQuery(collection: name, question: domain.probe, limit: RetrievalRequest.standardLimit))
    return DomainReport(domain: domain, job: job, chunks: statistics, probe: answer.hits)
  }
}
