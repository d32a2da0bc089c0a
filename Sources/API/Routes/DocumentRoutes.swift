import Basics
import Knowledge
import Model
import Storage
import WebServer
import Wire

/// The documents of collections: hand in, list, read, delete.
enum DocumentRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(.get, "/api/knowledge/documents", "documents of ?collection=, by name", .listDocuments, list),
    RouteEntry(
      .post, "/api/knowledge/documents",
      "takes documents as JSON, or one as it is with ?collection= and ?name=; 202 with a job", .addDocuments,
      add),
    RouteEntry(
      .get, "/api/knowledge/documents/{id}", "one document; ?text=true brings its text", .getDocument, read),
    RouteEntry(.delete, "/api/knowledge/documents/{id}", "deletes a document", .deleteDocument, remove),
  ]

  static let mostDocuments = 200

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.listDocuments)
    guard let name = query["collection"] else {
      throw APIError.invalidQuery("collection", mustBe: "the name of a collection")
    }
    let limit = try query.limit()
    let after = query["after"] ?? ""
    let page = try await context.store.read { store in
      try store.documents.page(
        of: store.requireCollection(name, "default").number, after: after, limit: limit)
    }
    return .json(ListJSON(items: page.items, next: page.next))
  }

  private static func add(_ request: Request, _ context: APIContext) async throws -> Response {
    let order = try request.queryValue("name") == nil ? jsonOrder(request) : plainOrder(request)
    let job = try await context.knowledge.add(order.uploads, to: order.collection, embedder: order.embedder)
    return .json(job, status: job.isOver ? 200 : 202)
  }

  private struct Order: Sendable {
    let collection: String
    var embedder: String?
    let uploads: [DocumentUpload]
  }

  /// One document, with its bytes as the body: `curl --data-binary @file`.
  private static func plainOrder(_ request: Request) throws(APIError) -> Order {
    let query = try request.query(.addDocuments)
    guard let collection = query["collection"], let name = query["name"] else {
      throw .invalidQuery("collection", mustBe: "the name of a collection, and name that of the document")
    }
    let format = try query.choice("format", of: DocumentFormat.self)
    return Order(
      collection: collection,
      uploads: [
        DocumentUpload(name: name, bytes: request.body, format: format, title: query["title"])
      ])
  }

  /// One document or several, with their texts as JSON.
  private static func jsonOrder(_ request: Request) throws(APIError) -> Order {
    let body = try RequestBody(request.body, for: .addDocuments)
    try body.refuseUnknown()
    let isList = body.has("documents")
    if isList { try body.require("collection") } else { try body.require("collection", "name", "text") }
    var uploads: [DocumentUpload] = []
    if let documents = body.value("documents") {
      guard let array = documents.array, (1...mostDocuments).contains(array.count) else {
        throw .invalidValue("documents", mustBe: "an array of 1 to \(mostDocuments) documents")
      }
      for document in array {
        uploads.append(try upload(RequestBody(document.bytes, known: Schema.newDocument.memberNames)))
      }
    } else {
      uploads = [try upload(body)]
    }
    return Order(
      collection: try body.text("collection") ?? "", embedder: try body.text("embedder", atMost: 256),
      uploads: uploads)
  }

  private static func upload(_ body: RequestBody) throws(APIError) -> DocumentUpload {
    try body.require("name", "text")
    return DocumentUpload(
      name: try body.text("name") ?? "", bytes: Array((try body.text("text") ?? "").utf8),
      format: try body.choice("format", of: DocumentFormat.self), title: try body.text("title", atMost: 256),
      metadata: try body.object("metadata") ?? [:])
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let withText = try request.query(.getDocument)["text"] == "true"
    let id = Identifier<KnowledgeDocument>(request.parameter("id"))
    let (document, text) = try await context.store.read { store in
      (try store.documents.get(id), try withText ? store.documents.text(of: id) : nil)
    }
    guard let document else {
      throw APIError.notFound("document", id.text, list: "/api/knowledge/documents?collection=NAME")
    }
    guard withText else { return .json(document) }
    var writer = JSONWriter()
    writer.beginObject()
    writer.members(ofObject: document.jsonBytes)
    writer.member("text", orNull: text)
    writer.endObject()
    return .json(bytes: writer.bytes)
  }

  private static func remove(_ request: Request, _ context: APIContext) async throws -> Response {
    try await context.knowledge.delete(Identifier(request.parameter("id")))
    return .noContent
  }
}
