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
  /// Fills a domain's collections with its delivered documents, and tries the one that has them all.
  ///
  /// - Parameter force: replaces whatever is in the collections; what came by itself at their first use is replaced in any case.
  /// - Throws: `collection_filled`, `embedder_unknown`, what the store throws.
  package func index(_ domain: KnowledgeDomain, force: Bool) async throws -> DomainReport {
    let name = domain.collection
    for collection in [name] + domain.parts {
      try await makeRoom(in: collection, domain.limits, force: force)
    }
    let job = try await outcome(of: add(domain.documents, to: name).id)
    for part in domain.parts where job.state == .done {
      let job = try await outcome(of: add(domain.documents(ofPart: part), to: part).id)
      guard job.state == .done else { return try await report(domain, job) }
    }
    return try await report(domain, job)
  }

  /// Makes a collection unless it is there, and empties it.
  private func makeRoom(in name: String, _ limits: ChunkLimits, force: Bool) async throws {
    let known = try await store.read { store in
      try store.collections.find(name).map { collection in
        let marked = try store.documents.numbers(
          in: collection.number, names: nil, metadata: Self.firstUseMark)
        return (count: try store.collections.measured(collection).size?.documents ?? 0, marked: marked.count)
      }
    }
    guard let known else {
      _ = try await createCollection(name, limits: limits)
      return
    }
    guard known.count > 0 else { return }
    guard force || known.marked == known.count else {
      throw KnowledgeError.filled(collection: name, documents: known.count)
    }
    try await clearCollection(name)
  }

  private func report(_ domain: KnowledgeDomain, _ job: IndexJob) async throws -> DomainReport {
    let name = domain.collection
    let statistics = try await store.read {
      try $0.chunks.statistics(of: $0.requireCollection(name, "default").number)
    }
    let answer = try await search(
      SearchQuery(collection: name, question: domain.probe, limit: RetrievalRequest.standardLimit))
    return DomainReport(domain: domain, job: job, chunks: statistics, probe: answer.hits)
  }
}
