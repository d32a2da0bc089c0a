import Basics
import Model
import Providers
import Storage
import Synchronization

/// Answers a search: words by the full-text search, vectors by the index in memory, both rankings put together.
struct SearchDriver: Sendable {
  /// Chunks that each ranking brings at least.
  private static let candidates = 50

  let store: Store
  let shelf: VectorShelf
  let models: EmbeddingModelTable
  let counts: SharedWordCounts

  /// The collection as a search begins, and its chosen documents.
  private struct Scope: Sendable {
    let collection: KnowledgeCollection
    /// Nil for all.
    let documents: [Int64]?
  }

  /// What the database says to both rankings.
  private struct Findings: Sendable {
    var words: [(chunk: Int64, score: Double)] = []
    var vectors: [(chunk: Int64, likeness: Float)] = []
    /// Of the chunks that are given, also of those that their words alone have brought.
    var likeness: [Int64: Float] = [:]
    var fused: [RankFusion.Fused] = []
    var chunks: [Int64: FoundChunk] = [:]
  }

  /// - Throws: `collection_not_found`, `invalid_field`, `embedder_failed`, `embedder_unknown`, what the store throws.
  func search(_ query: SearchQuery) async throws -> SearchAnswer {
    try Self.check(query)
    let scope = try await scope(of: query)
    let collection = scope.collection
    let model = try models.model(named: collection.embedder)
    let index = query.question.isBlank ? nil : try await shelf.index(of: collection)
    var question: [Float] = []
    if index != nil {
      question = try await model.embed([query.question], for: .query, of: query.agent).first ?? []
    }
    let depth = max(Self.candidates, 4 * query.limit)
    let near = await Self.nearest(index, to: question, count: depth, scope.documents)
    let findings = try await look(query, scope, question, near, depth, model)
    return SearchAnswer(
      collection: collection.name, embedder: collection.embedder, usesVectors: index != nil,
      hits: Self.hits(findings), revision: collection.revision)
  }

  private static func check(_ query: SearchQuery) throws(KnowledgeError) {
    guard query.question.utf8.count <= 4 * SearchQuery.longestQuestion,
      query.question.unicodeScalars.count <= SearchQuery.longestQuestion
    else {
      throw .invalid(what: "question", mustBe: "at most \(SearchQuery.longestQuestion) characters long")
    }
    guard SearchQuery.limits.contains(query.limit) else {
      let (least, most) = (SearchQuery.limits.lowerBound, SearchQuery.limits.upperBound)
      throw .invalid(what: "limit", mustBe: "a whole number from \(least) to \(most)")
    }
  }

  private func scope(of query: SearchQuery) async throws -> Scope {
    try await store.read { store in
      guard let collection = try store.collections.find(query.collection, tenant: query.tenant) else {
        throw KnowledgeError.notFound(noun: "collection", name: query.collection)
      }
      guard query.documents != nil || !query.metadata.isEmpty else {
        return Scope(collection: collection, documents: nil)
      }
      return Scope(
        collection: collection,
        documents: try store.documents.numbers(
          in: collection.number, names: query.documents, metadata: query.metadata))
    }
  }

  /// Away from the caller's thread, which may be a loop with other things to do for milliseconds.
  @concurrent
  private static func nearest(
    _ index: VectorIndex?, to question: [Float], count: Int, _ documents: [Int64]?
  ) async -> [(chunk: Int64, likeness: Float)] {
    index?.nearest(to: question, count: count, among: documents.map { Set($0) }) ?? []
  }

  /// One moment of the database for words, exact likeness and texts: what was replaced meanwhile is left out.
  private func look(
    _ query: SearchQuery, _ scope: Scope, _ question: [Float], _ near: [(chunk: Int64, likeness: Float)],
    _ depth: Int, _ model: any EmbeddingModel
  ) async throws -> Findings {
    let number = scope.collection.number
    let terms = QueryWords(query.question).terms
    return try await store.read { store in
      var findings = Findings()
      if let expression = try expression(for: terms, in: scope.collection, store) {
        findings.words = try store.chunks.matches(
          expression, in: number, documents: scope.documents, limit: depth)
      }
      findings.vectors = try store.chunks.vectors(of: near.map(\.chunk), in: number)
        .map { (chunk: $0.chunk, likeness: Self.product($0.vector, question)) }
        .filter { row in model.floor.map { row.likeness >= $0 } ?? true }
        .sorted { ($1.likeness, $0.chunk) < ($0.likeness, $1.chunk) }
      let fused = RankFusion.fuse(
        words: findings.words.map(\.chunk), vectors: findings.vectors.map(\.chunk), vectorWeight: model.weight
      )
      findings.fused = Array(fused.prefix(query.limit))
      findings.likeness = try likeness(of: findings, to: question, in: number, store)
      for chunk in try store.chunks.found(findings.fused.map(\.chunk), in: number) {
        findings.chunks[chunk.id] = chunk
      }
      return findings
    }
  }

  private func likeness(
    of findings: Findings, to question: [Float], in collection: Int64, _ store: ReadTransaction
  ) throws -> [Int64: Float] {
    guard !question.isEmpty else { return [:] }
    var likeness = Dictionary(findings.vectors.map { ($0.chunk, $0.likeness) }) { first, _ in first }
    let unknown = findings.fused.map(\.chunk).filter { likeness[$0] == nil }
    guard !unknown.isEmpty else { return likeness }
    for row in try store.chunks.vectors(of: unknown, in: collection) {
      likeness[row.chunk] = Self.product(row.vector, question)
    }
    return likeness
  }

  /// What the full-text search looks for; nil when the words choose nothing.
  private func expression(
    for terms: [String], in collection: KnowledgeCollection, _ store: ReadTransaction
  ) throws -> String? {
    let number = collection.number
    let known = try terms.map { term in
      if let count = counts.known.withLock({ $0.count(of: term, in: number, at: collection.revision) }) {
        return count
      }
      let count = try store.chunks.count(matching: term, in: number, limit: WordPlan.common + 1)
      counts.known.withLock { $0.keep(count, of: term, in: number, at: collection.revision) }
      return count
    }
    return try WordPlan.expressions(terms, counts: known).first {
      try store.chunks.count(matching: $0, in: number, limit: WordPlan.enough + 1) <= WordPlan.enough
    }
  }

  private static func product(_ left: [Float], _ right: [Float]) -> Float {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func hits(_ findings: Findings) -> [SearchHit] {
    findings.fused.compactMap { fused in
      guard let chunk = findings.chunks[fused.chunk] else { return nil }
      return SearchHit(
        document: chunk.document, documentName: chunk.documentName, title: chunk.title,
        version: chunk.version,
        heading: chunk.heading, position: chunk.position, range: chunk.range, text: chunk.text,
        metadata: chunk.metadata, score: fused.score, wordRank: fused.wordRank,
        wordScore: fused.wordRank.map { findings.words[$0 - 1].score }, vectorRank: fused.vectorRank,
        likeness: findings.likeness[fused.chunk].map { Double($0) })
    }
  }
}
