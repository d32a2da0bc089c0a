import Basics
import Model
import Storage
import Synchronization

extension KnowledgeService {
  /// Marks documents that came by themselves: `agenthub index` may replace them without being forced.
  static let firstUseMark: JSONObject = ["filledBy": "first use"]

  /// Fills a delivered collection that is not there, so that the first question to a fresh hub has its answer.
  ///
  /// One that is there stays as it is, an empty one, too: an operator has made it. Questions that come at the same time wait for one filling.
  ///
  /// - Returns: whether the collection was filled.
  /// - Throws: `embedder_failed`, `embedder_unknown`, what the store throws; the next question tries it again.
  func fillAtFirstUse(_ name: String, tenant: String) async throws -> Bool {
    guard let delivery = KnowledgeDomain.delivery(for: name) else { return false }
    let key = "\(tenant)/\(name)"
    let filling = fillings.withLock { open in
      if let filling = open[key] { return filling }
      // A task of its own: who asked first may leave, and the others still wait.
      let filling = Task { [self] in
        defer { fillings.withLock { $0[key] = nil } }
        try await fill(name, tenant, delivery.documents, delivery.limits)
      }
      open[key] = filling
      return filling
    }
    try await filling.value
    return true
  }

  /// Waits while a delivered collection is filled, so that nobody takes a part of it for the whole.
  ///
  /// - Returns: whether it was being filled. That it failed is told to those who began it.
  func waitWhileFilling(_ name: String, tenant: String) async -> Bool {
    guard let filling = fillings.withLock({ $0["\(tenant)/\(name)"] }) else { return false }
    _ = await filling.result
    return true
  }

  private func fill(
    _ name: String, _ tenant: String, _ documents: [DocumentUpload], _ limits: ChunkLimits
  ) async throws {
    guard try await store.read({ try $0.collections.find(name, tenant: tenant) }) == nil else { return }
    let marked = documents.map { document in
      var document = document
      document.metadata = Self.firstUseMark
      return document
    }
    let collection = try await createCollection(name, limits: limits, tenant: tenant)
    do {
      let job = try await outcome(of: add(marked, to: name, tenant: tenant).id)
      guard job.state == .done else {
        throw KnowledgeError.embedderFailed(
          embedder: collection.embedder, detail: job.error ?? "The documents were not indexed.", hint: nil)
      }
      log.write(
        .info, "Stored the delivered documents", ["collection": name, "documents": "\(job.done)"])
    } catch {
      try? await deleteCollection(name, tenant: tenant)
      throw error
    }
  }
}
