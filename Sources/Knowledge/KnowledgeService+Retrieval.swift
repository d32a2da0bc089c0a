import Basics
import Model
import Providers
import Storage
import Synchronization

extension KnowledgeService {
  /// Bytes of a corpus that goes into a prompt whole, some 100,000 tokens.
  private static let largestCorpus = 400_000

  /// Gives a worker what it must know for a question, by its mode. Never fails: what went wrong is a sentence that the worker can say.
  ///
  /// - Parameter now: nanoseconds on any clock that only goes forward.
  package func retrieve(_ request: RetrievalRequest, now: UInt64 = ProviderClient.now) async -> Retrieval {
    do {
      return try await fetch(request, now)
    } catch {
      log.write(
        .warning, "Documents could not be retrieved",
        ["collection": request.collection, "session": request.session, "error": "\(error)"])
      return Retrieval(SourceText.failed, .none, .failed)
    }
  }

  private func fetch(_ request: RetrievalRequest, _ now: UInt64) async throws -> Retrieval {
    let key = SessionCache.Key(
      tenant: request.tenant, session: request.session, collection: request.collection)
    var collection = try await settled(request)
    if collection == nil, request.mode != .cag,
      try await fillAtFirstUse(request.collection, tenant: request.tenant)
    {
      collection = try await known(request)
    }
    let revision = collection?.revision ?? -1
    let cached = cache.withLock { $0.text(for: key, revision: revision, now: now) }
    switch RetrievalRule(request.mode).decision(cached: cached, question: request.question) {
    case .nothing: return Retrieval("", .none)
    case .reuse(let text): return Retrieval(text, .cache)
    case .search(let remembers):
      guard let collection, collection.size?.documents ?? 0 > 0 else {
        return Retrieval(SourceText.unavailable(request.collection), .none, .unavailable)
      }
      let found = try await search(request)
      if remembers, found.outcome == .found {
        cache.withLock { $0.keep(found.text, for: key, revision: revision, now: now) }
      }
      return found
    case .corpus:
      guard let text = try await corpus(request, collection) else {
        return Retrieval(SourceText.unavailable(request.collection), .none, .unavailable)
      }
      // Too much for a prompt: what fits the question is better than what happens to stand first.
      guard text.utf8.count <= Self.largestCorpus else { return try await search(request) }
      cache.withLock { $0.keep(text, for: key, revision: revision, now: now) }
      return Retrieval(text, .corpus)
    }
  }

  /// The collection as it is when nobody fills it.
  private func settled(_ request: RetrievalRequest) async throws -> KnowledgeCollection? {
    let collection = try await known(request)
    let wasFilling = await waitWhileFilling(request.collection, tenant: request.tenant)
    // An empty one may have been read in the middle of a filling that is over by now.
    guard wasFilling || collection?.size?.documents == 0 else { return collection }
    return try await known(request)
  }

  private func known(_ request: RetrievalRequest) async throws -> KnowledgeCollection? {
    try await store.read { store in
      try store.collections.find(request.collection, tenant: request.tenant)
        .map { try store.collections.measured($0) }
    }
  }

  /// The documents of a collection, or those that are delivered for it.
  private func corpus(_ request: RetrievalRequest, _ collection: KnowledgeCollection?) async throws -> String?
  {
    var documents: [(title: String, text: String)] = []
    if let number = collection?.number {
      documents = try await store.read { try $0.documents.whole(of: number).map { ($0.title, $0.text) } }
    }
    if documents.isEmpty,
      let domain = KnowledgeDomain.allCases.first(where: { $0.collection == request.collection })
    {
      documents = try domain.documents.map { upload in
        let content = try DocumentReader.read(upload)
        return (content.title, content.text)
      }
    }
    return documents.isEmpty ? nil : SourceText.corpus(documents)
  }

  private func search(_ request: RetrievalRequest) async throws -> Retrieval {
    let answer = try await search(
      SearchQuery(
        collection: request.collection, tenant: request.tenant, question: request.question,
        limit: request.limit, agent: request.agent, addition: request.addition))
    guard !answer.hits.isEmpty else { return Retrieval(SourceText.nothingFound, .search, .nothing) }
    return Retrieval(SourceText.sources(answer.hits), .search, hits: answer.hits)
  }
}
