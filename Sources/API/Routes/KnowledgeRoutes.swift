import Basics
import Knowledge
import Model
import Storage
import WebServer
import Wire

/// Documents that agents look things up in: collections, documents, search, jobs.
enum KnowledgeRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/knowledge/collections", "collections of documents, with their sizes", .listCollections,
      collections),
    RouteEntry(.post, "/api/knowledge/collections", "makes a collection", .createCollection, create),
    RouteEntry(.get, "/api/knowledge/collections/{name}", "one collection", .getCollection, collection),
    RouteEntry(
      .delete, "/api/knowledge/collections/{name}", "deletes a collection and its documents",
      .deleteCollection, removeCollection
    ),
    RouteEntry(
      .post, "/api/knowledge/collections/{name}/reindex",
      "cuts and embeds a collection anew, with another embedder if given", .reindexCollection, reindex),
    RouteEntry(
      .post, "/api/knowledge/search", "finds what documents say about a question", .searchKnowledge, search),
    RouteEntry(.get, "/api/knowledge/jobs", "jobs of indexing, newest first", .listIndexJobs, jobs),
    RouteEntry(.get, "/api/knowledge/jobs/{id}", "one job, with its documents", .getIndexJob, job),
    RouteEntry(
      .post, "/api/knowledge/jobs/{id}/retry", "tries the documents of a failed job again", .retryIndexJob,
      retry),
  ]

  // MARK: Collections

  private static func collections(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try request.query(.listCollections)
    let items = try await context.store.read { try $0.collections.list() }
    return .json(ListJSON(items: items, next: nil))
  }

  private static func create(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body, for: .createCollection)
    try body.require("name")
    try body.refuseUnknown()
    let name = try body.text("name", atMost: 64) ?? ""
    let collection = try await context.knowledge.createCollection(
      name, embedder: body.text("embedder", atMost: 256), limits: body.chunkLimits() ?? .standard)
    return .json(collection, status: 201)
  }

  private static func collection(_ request: Request, _ context: APIContext) async throws -> Response {
    .json(try await context.knowledge.collection(request.parameter("name")))
  }

  private static func removeCollection(_ request: Request, _ context: APIContext) async throws -> Response {
    try await context.knowledge.deleteCollection(request.parameter("name"))
    return .noContent
  }

  private static func reindex(_ request: Request, _ context: APIContext) async throws -> Response {
    let bytes = request.body.isEmpty ? Array("{}".utf8) : request.body
    let body = try RequestBody(bytes, for: .reindexCollection)
    try body.refuseUnknown()
    let job = try await context.knowledge.reindex(
      request.parameter("name"), embedder: body.text("embedder", atMost: 256), limits: body.chunkLimits())
    return .json(job, status: 202)
  }

  // MARK: Search

  private static func search(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body, for: .searchKnowledge)
    try body.require("collection", "question")
    try body.refuseUnknown()
    var query = SearchQuery(
      collection: try body.text("collection") ?? "", question: try body.text("question") ?? "")
    if let limit = try body.integer("limit") { query.limit = limit }
    query.documents = try body.names("documents")
    query.metadata = try body.object("metadata") ?? [:]
    return .json(try await context.knowledge.search(query))
  }

  // MARK: Jobs

  private static func jobs(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.listIndexJobs)
    let limit = try query.limit()
    let position = try query["after"].map { try RequestQuery.listPosition($0, "after") }
    let page = try await context.store.read { try $0.indexJobs.page(after: position, limit: limit) }
    return .json(ListJSON(items: page.items, next: page.next?.text))
  }

  private static func job(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<IndexJob>(request.parameter("id"))
    let (job, items) = try await context.store.read { store in
      (try store.indexJobs.get(id), try store.indexJobs.items(of: id))
    }
    guard let job else { throw APIError.notFound("job", id.text, list: "/api/knowledge/jobs") }
    var writer = JSONWriter()
    writer.beginObject()
    writer.members(ofObject: job.jsonBytes)
    writer.member("documents", items)
    writer.endObject()
    return .json(bytes: writer.bytes)
  }

  private static func retry(_ request: Request, _ context: APIContext) async throws -> Response {
    .json(try await context.knowledge.retry(Identifier(request.parameter("id"))), status: 202)
  }
}

extension RequestBody {
  /// How documents are to be cut; nil when nothing is said about it.
  fileprivate func chunkLimits() throws(APIError) -> ChunkLimits? {
    let size = try integer("chunkSize")
    let overlap = try integer("chunkOverlap")
    guard size != nil || overlap != nil else { return nil }
    let whole = size ?? ChunkLimits.standard.size
    guard
      let limits = ChunkLimits(size: whole, overlap: overlap ?? min(whole / 5, ChunkLimits.standard.overlap))
    else {
      let (least, most) = (ChunkLimits.sizes.lowerBound, ChunkLimits.sizes.upperBound)
      throw .invalidValue("chunkSize", mustBe: "\(least) to \(most), and chunkOverlap at most half of it")
    }
    return limits
  }

  /// Texts of a list; nil when it is missing or null.
  fileprivate func names(_ name: String) throws(APIError) -> [String]? {
    guard let value = value(name) else { return nil }
    guard let texts = value.array?.compactMap(\.string), texts.count == value.array?.count,
      texts.count <= 1000
    else { throw .invalidValue(name, mustBe: "an array of at most 1000 ids or names of documents") }
    return texts
  }
}
