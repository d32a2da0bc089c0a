import Basics
import Model
import Providers
import Storage

/// Makes the chunks of one document's new version, a batch after the other, and lets them be found when the last is stored.
struct DocumentIndexing: Sendable {
  let store: Store
  let models: EmbeddingModelTable
  let work: IndexWork
  let item: IndexItem

  /// How the document is cut and who makes its vectors: the job's word for a whole collection, else the collection's as it is now.
  private struct Plan: Sendable {
    let embedder: String
    let limits: ChunkLimits
    /// How long vectors must be; nil when these are the first.
    var dimensions: Int?
  }

  /// - Throws: `KnowledgeError` when this document failed, anything else when the store did.
  @concurrent
  func run() async throws {
    let (document, collection, made) = try await store.read { store in
      (
        try store.documents.pending(item.document, version: item.version),
        try store.collections.get(work.collection), try store.indexJobs.dimensions(of: work.job.id)
      )
    }
    guard let document, let collection, !document.isDeleted, document.latest == item.version,
      document.visible < item.version
    else { return try await settle(.skipped) }
    let plan =
      switch work.job.kind {
      case .add:
        Plan(embedder: collection.embedder, limits: collection.limits, dimensions: collection.dimensions)
      case .reindex: Plan(embedder: work.job.embedder, limits: work.job.limits, dimensions: made)
      }
    let chunks = Chunker.chunks(of: document.text, plan.limits)
    try await store(chunks, of: document, plan)
    try await complete(chunks.count, plan)
  }

  private func store(_ chunks: [Chunk], of document: PendingDocument, _ plan: Plan) async throws {
    let model = try models.model(named: plan.embedder)
    let bytes = Array(document.text.utf8)
    var plan = plan
    var start = try await stored(of: chunks, of: document, plan)
    while start < chunks.count {
      try Task.checkCancellation()
      let batch = Array(chunks[start..<min(start + model.batch, chunks.count)])
      let texts = batch.map { String(decoding: bytes[$0.range], as: UTF8.self) }
      let vectors = try await model.embed(
        zip(batch, texts).map { Self.embedded($0, $1, title: document.title) }, for: .document, of: nil)
      try check(vectors, count: batch.count, &plan)
      let contents = batch.indices.map { index in
        ChunkContent(
          position: start + index, range: batch[index].range, heading: batch[index].heading,
          text: texts[index], vector: vectors[index])
      }
      try await store.write(.relaxed) { store in
        try store.chunks.insert(contents, of: item.document, version: item.version, in: work.collection)
        try store.indexJobs.addChunks(contents.count, to: work.job.id)
      }
      start += batch.count
    }
  }

  /// How many chunks an earlier try has stored. They are of no use when the document is cut differently now, or when others make its
  /// vectors.
  private func stored(of chunks: [Chunk], of document: PendingDocument, _ plan: Plan) async throws -> Int {
    let last = try await store.read { try $0.chunks.last(of: item.document, version: item.version) }
    let isSameMaker = document.embedder == plan.embedder
    if isSameMaker {
      guard let last else { return 0 }
      if last.position < chunks.count, chunks[last.position].range == last.range { return last.position + 1 }
    }
    try await store.write { store in
      try store.chunks.remove(item.document, versions: item.version..<(item.version + 1))
      guard !isSameMaker else { return }
      try store.documents.record(
        chunks: 0, embedder: plan.embedder, of: item.document, version: item.version)
    }
    return 0
  }

  /// A chunk says more when it says where it stands.
  private static func embedded(_ chunk: Chunk, _ text: String, title: String) -> String {
    let place = chunk.heading.hasPrefix(title) ? chunk.heading : "\(title)\n\(chunk.heading)"
    return "\(place)\n\(text)"
  }

  private func check(_ vectors: [[Float]], count: Int, _ plan: inout Plan) throws(KnowledgeError) {
    guard vectors.count == count else {
      throw .embedderFailed(
        embedder: plan.embedder, detail: "\(vectors.count) vectors came for \(count) texts.", hint: nil)
    }
    for vector in vectors {
      let expected = plan.dimensions ?? vector.count
      guard vector.count == expected, !vector.isEmpty else {
        throw .otherDimensions(embedder: plan.embedder, expected: expected, got: vector.count)
      }
      plan.dimensions = expected
    }
  }

  /// The version takes the place of the one before it, unless it waits for the job's others.
  private func complete(_ count: Int, _ plan: Plan) async throws {
    try await store.write { store in
      try store.documents.record(
        chunks: count, embedder: plan.embedder, of: item.document, version: item.version)
      guard work.job.kind == .add else {
        return try store.indexJobs.settle(item, of: work.job.id, as: .ready)
      }
      let isShown = try store.documents.show(item.document, version: item.version, in: work.collection)
      try store.indexJobs.settle(item, of: work.job.id, as: isShown ? .done : .skipped)
    }
  }

  private func settle(_ state: IndexItem.State) async throws {
    try await store.write { try $0.indexJobs.settle(item, of: work.job.id, as: state) }
  }
}
