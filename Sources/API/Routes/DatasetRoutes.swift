import Basics
import Datasets
import Model
import Storage
import WebServer
import Wire

/// Data sets, which clients of InsightX call sessions: upload, explore, read, and what was found out.
enum DatasetRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .post, "/api/upload", "takes a CSV file, the field `file` of a form; answers with its session",
      .uploadDataset,
      streamed: upload),
    .detailed(
      .post, "/api/explore/{id}", "finds out what is in a data set (\"Data DNA\")", .exploreDataset,
      failure: "Exploration failed: ", explore),
    .detailed(.get, "/api/session", "data sets, the newest first", .listSessions, list),
    .detailed(.get, "/api/session/{id}", "one data set with its profile", .getSession, read),
    .detailed(.delete, "/api/session/{id}", "deletes a data set with its file", .deleteSession, delete),
    .detailed(
      .get, "/api/session/{id}/sidebar", "the code that was run on a data set, and what came of it",
      .getSidebar, sidebar),
    .detailed(
      .post, "/api/session/{id}/insights", "keeps what was found out about a data set", .addInsight,
      addInsight),
    .detailed(
      .get, "/api/insights/{id}", "what was found out about a data set, the oldest first", .listInsights,
      insights),
  ]

  private static let uploadFailure = "Upload failed: "

  private static func upload(
    _ request: Request, _ stream: BodyStream, _ context: APIContext
  ) async -> Response {
    do {
      let key = try IdempotencyKey(of: request)?.text
      if let key, let dataset = try await earlierUpload(key, request, context) {
        return .json(uploaded(dataset))
      }
      let datasets = context.workspace.datasets
      let dataset = try await datasets.finish(UploadForm.read(request, stream, into: datasets))
      if let key { return .json(uploaded(try await claim(key, for: dataset, request, context))) }
      return .json(uploaded(dataset))
    } catch {
      return context.detail(of: error, to: request, failure: uploadFailure)
    }
  }

  private static func uploaded(_ dataset: Dataset) -> JSON {
    [
      "session_id": .string(dataset.id.text), "filename": .string(dataset.filename),
      "row_count": .count(dataset.rowCount), "status": .string(dataset.status.rawValue),
    ]
  }

  // MARK: - An upload that comes again

  private static let keyScope = "upload"

  /// Forms differ in their boundary each time they are sent, but not in their size.
  private static func fingerprint(of request: Request) -> String {
    "length \(request.fields["Content-Length"] ?? "unknown")"
  }

  private static func earlierUpload(
    _ key: String, _ request: Request, _ context: APIContext
  ) async throws -> Dataset? {
    try await context.store.read { store in
      guard let record = try store.idempotency.find(route: keyScope, key: key) else { return nil }
      guard record.fingerprint == fingerprint(of: request) else { throw IdempotencyKey.reused }
      return try record.resource.flatMap { try store.datasets.get(Identifier($0)) }
    }
  }

  /// Notes which data set a key stands for. Of two uploads with one key that came together, one stays.
  private static func claim(
    _ key: String, for dataset: Dataset, _ request: Request, _ context: APIContext
  ) async throws -> Dataset {
    let winner = try await context.store.write { store -> Dataset in
      if let record = try store.idempotency.find(route: keyScope, key: key) {
        let earlier = try record.resource.flatMap { try store.datasets.get(Identifier($0)) }
        return earlier ?? dataset
      }
      try store.idempotency.insert(
        IdempotencyRecord(
          route: keyScope, key: key, fingerprint: fingerprint(of: request), resource: dataset.id.text,
          createdAt: store.now))
      return dataset
    }
    if winner.id != dataset.id { try await context.workspace.datasets.delete(dataset.id) }
    return winner
  }

  // MARK: - Sessions

  private static func explore(_ request: Request, _ context: APIContext) async throws -> Response {
    let profile = try await context.workspace.datasets.explore(request.dataset)
    return .json(["status": "ready", "data_dna": profile])
  }

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let limit = try request.query(.listSessions).limit()
    let page = try await context.store.read { try $0.datasets.page(limit: limit) }
    return .json(.array(page.items.map { SessionJSON.json(of: $0) }))
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let dataset = try await existing(request, context)
    let profile = try await context.workspace.datasets.knownProfile(dataset.id)
    return .json(SessionJSON.json(of: dataset, profile: .some(profile ?? .null)))
  }

  private static func delete(_ request: Request, _ context: APIContext) async throws -> Response {
    try await context.workspace.datasets.delete(request.dataset)
    return .noContent
  }

  private static func sidebar(_ request: Request, _ context: APIContext) async throws -> Response {
    guard let sidebar = try await context.workspace.sidebar(of: request.dataset) else {
      throw DatasetError.notFound(request.dataset.text)
    }
    return .json(SidebarJSON.json(of: sidebar))
  }

  // MARK: - Insights

  private static func addInsight(_ request: Request, _ context: APIContext) async throws -> Response {
    var body = try ModelBody(request.body)
    let insight = body.object("insight")
    try body.check()
    let dataset = try await existing(request, context)
    let count = try await context.workspace.datasets.addInsight(.object(insight), to: dataset.id)
    return .json([
      "success": true, "message": "Insight added", "total_insights": .integer(Int64(count)),
    ])
  }

  private static func insights(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = request.dataset
    let insights = try await context.store.read { try $0.datasets.insights(of: id) }
    return .json(["insights": .array(insights)])
  }

  private static func existing(_ request: Request, _ context: APIContext) async throws -> Dataset {
    guard let dataset = try await context.workspace.datasets.get(request.dataset) else {
      throw DatasetError.notFound(request.dataset.text)
    }
    return dataset
  }
}

extension Request {
  /// The data set that the path names.
  fileprivate var dataset: Identifier<Dataset> { Identifier(parameter("id")) }
}
