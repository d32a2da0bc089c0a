package import Basics
package import Model
import Storage

extension KnowledgeService {
  // MARK: Collections

  /// Makes an empty collection.
  ///
  /// - Parameters:
  ///   - embedder: who makes its vectors; nil takes the configured one.
  ///   - limits: how its documents are cut.
  /// - Throws: `invalid_field`, `embedder_unknown`, `already_exists`.
  package func createCollection(
    _ name: String, embedder: String? = nil, limits: ChunkLimits = .standard, tenant: String = "default"
  ) async throws -> KnowledgeCollection {
    let embedder = embedder ?? configuration.embedder
    try check(name, embedder)
    return try await store.write {
      try $0.collections.create(name, embedder: embedder, limits: limits, tenant: tenant)
    }
  }

  private func check(_ name: String, _ embedder: String) throws(KnowledgeError) {
    guard KnowledgeCollection.isName(name) else {
      throw .invalid(what: "collection", mustBe: "1 to 64 letters, digits, -, _ and .")
    }
    _ = try models.model(named: embedder)
  }

  /// The collection with its size.
  ///
  /// - Throws: `collection_not_found`.
  package func collection(_ name: String, tenant: String = "default") async throws -> KnowledgeCollection {
    try await store.read { try $0.collections.measured($0.requireCollection(name, tenant)) }
  }

  /// Deletes a collection and all its documents.
  ///
  /// - Throws: `collection_not_found`.
  package func deleteCollection(_ name: String, tenant: String = "default") async throws {
    let number = try await store.write { store in
      let number = try store.requireCollection(name, tenant).number
      try store.collections.delete(number)
      return number
    }
    await shelf.forget(number)
    await ring()
  }

  /// Deletes all documents of a collection.
  ///
  /// - Throws: `collection_not_found`.
  package func clearCollection(_ name: String, tenant: String = "default") async throws {
    try await store.write { store in
      let collection = try store.requireCollection(name, tenant)
      try store.documents.deleteAll(of: collection.number)
      // The next vectors are the first again, and may have another length.
      try store.collections.change(
        collection.number, embedder: collection.embedder, dimensions: nil, limits: collection.limits)
    }
    await ring()
  }

  /// Cuts and embeds all documents of a collection anew; until all are ready, the old vectors answer.
  ///
  /// - Parameters:
  ///   - embedder: who makes the vectors from then on; nil for the same one.
  ///   - limits: how documents are cut from then on; nil for the same.
  /// - Throws: `collection_not_found`, `embedder_unknown`.
  package func reindex(
    _ name: String, embedder: String? = nil, limits: ChunkLimits? = nil, tenant: String = "default"
  ) async throws -> IndexJob {
    if let embedder { _ = try models.model(named: embedder) }
    let job = try await store.write { store in
      let collection = try store.requireCollection(name, tenant)
      let maker = embedder ?? collection.embedder
      let cut = limits ?? collection.limits
      let documents = try store.documents.putAgain(collection.number, embedder: maker)
      if documents.isEmpty {
        try store.collections.change(collection.number, embedder: maker, dimensions: nil, limits: cut)
      }
      return try store.indexJobs.create(
        .reindex, of: documents, in: collection, embedder: maker, limits: cut)
    }
    await ring()
    return job
  }

  // MARK: Documents

  /// Takes documents into a collection, which is made if it is not there; the job tells when they can be found.
  ///
  /// A document whose name is taken is a new version: the old one is found until the new one has all its chunks. One that is the same as
  /// before needs no work.
  ///
  /// - Parameter embedder: who must make the collection's vectors; nil takes it as it is.
  /// - Throws: `document_unsupported`, `document_malformed`, `document_too_large`, `document_empty`, `invalid_field`, `embedder_mismatch`,
  ///   `embedder_unknown`; nothing is stored then.
  package func add(
    _ uploads: [DocumentUpload], to name: String, embedder: String? = nil, tenant: String = "default"
  ) async throws -> IndexJob {
    try check(name, embedder ?? configuration.embedder)
    let contents = try await Self.read(uploads)
    let standard = configuration.embedder
    let job = try await store.write { store in
      let known = try store.collections.find(name, tenant: tenant)
      let collection =
        try known
        ?? store.collections.create(name, embedder: embedder ?? standard, limits: .standard, tenant: tenant)
      guard embedder == nil || embedder == collection.embedder else {
        throw KnowledgeError.otherEmbedder(
          collection: name, has: collection.embedder, asked: embedder ?? "")
      }
      let put = try contents.map { try store.documents.put($0, in: collection) }
      return try store.indexJobs.create(
        .add, of: put.filter { !$0.isUnchanged }, unchanged: put.count { $0.isUnchanged }, in: collection,
        embedder: collection.embedder, limits: collection.limits)
    }
    await ring()
    return job
  }

  /// Reading megabytes takes milliseconds, which the caller's loop does not have.
  @concurrent
  private static func read(_ uploads: [DocumentUpload]) async throws(KnowledgeError) -> [DocumentContent] {
    var contents: [DocumentContent] = []
    for upload in uploads { contents.append(try DocumentReader.read(upload)) }
    guard Set(contents.map(\.name)).count == contents.count else {
      throw .invalid(what: "documents", mustBe: "of different names")
    }
    return contents
  }

  /// Deletes a document; from now on it is not found.
  ///
  /// - Throws: `document_not_found`.
  package func delete(_ id: Identifier<KnowledgeDocument>, tenant: String = "default") async throws {
    try await store.write { try $0.documents.delete(id, tenant: tenant) }
    await ring()
  }

  /// Tries the documents of a failed job again.
  ///
  /// - Throws: `job_not_found`, `job_not_failed`.
  package func retry(_ id: Identifier<IndexJob>, tenant: String = "default") async throws -> IndexJob {
    let job = try await store.write { try $0.indexJobs.retry(id, tenant: tenant) }
    await ring()
    return job
  }
}

extension Transaction {
  /// - Throws: `collection_not_found`.
  package func requireCollection(_ name: String, _ tenant: String) throws -> KnowledgeCollection {
    guard let collection = try collections.find(name, tenant: tenant) else {
      throw KnowledgeError.notFound(noun: "collection", name: name)
    }
    return collection
  }
}
