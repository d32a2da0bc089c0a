package import Basics
import Database
package import Model

/// A job with the place of its collection.
package struct IndexWork: Equatable, Sendable {
  package var job: IndexJob
  package var collection: Int64
}

/// Jobs that index documents, and the documents of each.
package struct IndexJobStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    j.id, c.name, j.kind, j.embedder, j.chunk_size, j.chunk_overlap, j.state, j.total, j.done, j.failed, j.skipped, \
    j.chunks, j.error, j.created_at, j.started_at, j.finished_at, j.collection
    """
  static let content = "index_jobs j JOIN collections c ON c.number = j.collection"
  static let get = "SELECT \(columns) FROM \(content) WHERE j.id = ?2 AND c.tenant = ?1"
  static let work = "SELECT \(columns) FROM \(content) WHERE j.id = ?1"
  static let page = """
    SELECT \(columns) FROM \(content) WHERE (j.created_at, j.id) < (?2, ?3) AND c.tenant = ?1
    ORDER BY j.created_at DESC, j.id DESC LIMIT ?4
    """
  static let next = """
    SELECT \(columns) FROM \(content) WHERE j.finished_at IS NULL ORDER BY j.created_at, j.id LIMIT 1
    """
  static let items = """
    SELECT i.document, i.version, d.name, i.state, i.error FROM index_items i
    JOIN documents d ON d.number = i.document WHERE i.job = ?1 ORDER BY i.document LIMIT ?2
    """
  static let nextItem = """
    SELECT i.document, i.version, coalesce(d.name, ''), i.state, i.error
    FROM index_items i INDEXED BY index_items_queued LEFT JOIN documents d ON d.number = i.document
    WHERE i.job = ?1 AND i.state = 'queued' ORDER BY i.document LIMIT 1
    """
  static let ready = """
    SELECT document, version FROM index_items WHERE job = ?1 AND state = 'ready' ORDER BY document
    """
  static let insert = """
    INSERT INTO index_jobs (id, collection, kind, embedder, chunk_size, chunk_overlap, state, total, skipped,
      created_at, finished_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    """
  static let insertItem =
    "INSERT INTO index_items (job, document, version, state) VALUES (?1, ?2, ?3, 'queued')"
  static let start = """
    UPDATE index_jobs SET state = 'running', started_at = coalesce(started_at, ?2) WHERE id = ?1
    """
  static let settle = """
    UPDATE index_items SET state = ?4, error = ?5 WHERE job = ?1 AND document = ?2 AND version = ?3
    """
  static let settleReady = "UPDATE index_items SET state = 'done' WHERE job = ?1 AND state = 'ready'"
  static let count = """
    UPDATE index_jobs SET done = done + ?2, failed = failed + ?3, skipped = skipped + ?4, error = coalesce(error, ?5)
    WHERE id = ?1
    """
  static let addChunks = "UPDATE index_jobs SET chunks = chunks + ?2 WHERE id = ?1"
  static let finish = "UPDATE index_jobs SET state = ?2, finished_at = ?3 WHERE id = ?1"
  static let requeueItems = """
    UPDATE index_items SET state = 'queued', error = NULL WHERE job = ?1 AND state = 'failed'
    """
  static let requeue = """
    UPDATE index_jobs SET state = 'queued', failed = 0, error = NULL, finished_at = NULL WHERE id = ?1
    """
  static let all = [
    get, work, page, next, items, nextItem, ready, insert, insertItem, start, settle, settleReady, count,
    addChunks,
    finish, requeueItems, requeue,
  ]
}

extension IndexJobStore {
  static var statements: [String] { SQL.all }

  /// The job, or nil when there is none.
  package func get(_ id: Identifier<IndexJob>, tenant: String = "default") throws -> IndexJob? {
    try transaction.connection.first(SQL.get, .text(tenant), .text(id.text)) { try IndexWork(row: $0).job }
  }

  /// The job of whatever tenant, for who works on it.
  package func work(_ id: Identifier<IndexJob>) throws -> IndexWork? {
    try transaction.connection.first(SQL.work, .text(id.text)) { try IndexWork(row: $0) }
  }

  /// All jobs, the newest first.
  package func page(
    after position: ListPosition? = nil, limit: Int = 50, tenant: String = "default"
  ) throws -> Page<IndexJob, ListPosition> {
    let position = position ?? ListPosition(at: Timestamp(milliseconds: .max), id: "")
    let rows = try transaction.connection.rows(
      SQL.page, .text(tenant), .integer(position.at.milliseconds), .text(position.id),
      .integer(Int64(limit + 1))
    ) { try IndexWork(row: $0).job }
    return Page(rows, limit: limit) { ListPosition(at: $0.createdAt, id: $0.id.text) }
  }

  /// The oldest job that is not over.
  package func next() throws -> IndexWork? {
    try transaction.connection.first(SQL.next) { try IndexWork(row: $0) }
  }

  /// The documents of a job, in the order of their work.
  package func items(of id: Identifier<IndexJob>, limit: Int = 500) throws -> [IndexItem] {
    try transaction.connection.rows(SQL.items, .text(id.text), .integer(Int64(limit))) {
      try IndexItem(row: $0)
    }
  }

  /// The document of a job that is to be worked on next.
  package func nextItem(of id: Identifier<IndexJob>) throws -> IndexItem? {
    try transaction.connection.first(SQL.nextItem, .text(id.text)) { try IndexItem(row: $0) }
  }
}

extension IndexJobStore {
  /// The documents of a job that have their chunks.
  private func ready(of id: Identifier<IndexJob>) throws -> [(document: Int64, version: Int)] {
    try transaction.connection.rows(SQL.ready, .text(id.text)) { ($0.integer(0), Int($0.integer(1))) }
  }

  /// How long the vectors are that a job has made so far; nil before the first.
  package func dimensions(of id: Identifier<IndexJob>) throws -> Int? {
    for item in try ready(of: id) {
      if let length = try transaction.chunks.dimensions(of: item.document, version: item.version) {
        return length
      }
    }
    return nil
  }
}

extension IndexJobStore where Access == WriteTransaction {
  /// Stores a job with its documents; one without any is over at once.
  ///
  /// - Parameter unchanged: how many documents need no work; they count as skipped.
  package func create(
    _ kind: IndexJob.Kind, of documents: [PutDocument], unchanged: Int = 0,
    in collection: KnowledgeCollection, embedder: String, limits: ChunkLimits
  ) throws -> IndexJob {
    let now = transaction.now
    let isOver = documents.isEmpty
    let job = IndexJob(
      id: transaction.newIdentifier(), collection: collection.name, kind: kind, embedder: embedder,
      limits: limits, state: isOver ? .done : .queued, total: documents.count + unchanged, skipped: unchanged,
      createdAt: now, finishedAt: isOver ? now : nil)
    try transaction.connection.run(
      SQL.insert, .text(job.id.text), .integer(collection.number), .text(kind.rawValue), .text(embedder),
      .integer(Int64(limits.size)), .integer(Int64(limits.overlap)), .text(job.state.rawValue),
      .integer(Int64(job.total)), .integer(Int64(unchanged)), .integer(now.milliseconds),
      DatabaseValue(job.finishedAt?.milliseconds))
    for document in documents {
      try transaction.connection.run(
        SQL.insertItem, .text(job.id.text), .integer(document.document), .integer(Int64(document.version)))
    }
    return job
  }

  /// The job is being worked on from now on, or again.
  package func start(_ id: Identifier<IndexJob>) throws {
    try transaction.connection.run(SQL.start, .text(id.text), .integer(transaction.now.milliseconds))
  }

  /// Counts chunks that were stored.
  package func addChunks(_ count: Int, to id: Identifier<IndexJob>) throws {
    try transaction.connection.run(SQL.addChunks, .text(id.text), .integer(Int64(count)))
  }

  /// Records what became of a document, and counts it.
  package func settle(
    _ item: IndexItem, of id: Identifier<IndexJob>, as state: IndexItem.State, error: String? = nil
  ) throws {
    try transaction.connection.run(
      SQL.settle, .text(id.text), .integer(item.document), .integer(Int64(item.version)),
      .text(state.rawValue), DatabaseValue(error))
    try count(
      id, done: state == .done ? 1 : 0, failed: state == .failed ? 1 : 0, skipped: state == .skipped ? 1 : 0,
      error: error)
  }

  private func count(
    _ id: Identifier<IndexJob>, done: Int, failed: Int, skipped: Int, error: String?
  ) throws {
    try transaction.connection.run(
      SQL.count, .text(id.text), .integer(Int64(done)), .integer(Int64(failed)), .integer(Int64(skipped)),
      DatabaseValue(error))
  }

  /// Lets all documents of a job that have their chunks be found at once, with vectors of the job's maker from then on.
  package func showReady(_ work: IndexWork) throws {
    let id = work.job.id
    let ready = try ready(of: id)
    let dimensions = try dimensions(of: id)
    try transaction.collections.change(
      work.collection, embedder: work.job.embedder, dimensions: dimensions, limits: work.job.limits)
    let revision = try transaction.collections.revise(work.collection)
    var shown = 0
    for item in ready {
      if try transaction.documents.show(item.document, version: item.version, revision: revision) {
        shown += 1
      }
    }
    try transaction.connection.run(SQL.settleReady, .text(id.text))
    try count(id, done: shown, failed: 0, skipped: ready.count - shown, error: nil)
  }

  /// Ends a job.
  package func finish(_ id: Identifier<IndexJob>, as state: IndexJob.State) throws {
    try transaction.connection.run(
      SQL.finish, .text(id.text), .text(state.rawValue), .integer(transaction.now.milliseconds))
  }

  /// Lets the documents that failed be tried again.
  ///
  /// - Throws: `job_not_found`, `job_not_failed`.
  package func retry(_ id: Identifier<IndexJob>, tenant: String = "default") throws -> IndexJob {
    guard let job = try get(id, tenant: tenant) else { throw StoreError.notFound(noun: "job", id: id.text) }
    guard job.state == .failed else { throw StoreError.notFailed(job: id.text, state: job.state.rawValue) }
    try transaction.connection.run(SQL.requeueItems, .text(id.text))
    try transaction.connection.run(SQL.requeue, .text(id.text))
    return try get(id, tenant: tenant) ?? job
  }
}

extension IndexWork {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let kind = IndexJob.Kind(rawValue: row.text(2)), let state = IndexJob.State(rawValue: row.text(6)),
      let limits = ChunkLimits(size: Int(row.integer(4)), overlap: Int(row.integer(5)))
    else { throw StoreError.unreadable(noun: "job", detail: "unknown kind, state or limits") }
    self.init(
      job: IndexJob(
        id: Identifier(row.text(0)), collection: row.text(1), kind: kind, embedder: row.text(3),
        limits: limits, state: state, total: Int(row.integer(7)), done: Int(row.integer(8)),
        failed: Int(row.integer(9)), skipped: Int(row.integer(10)), chunks: Int(row.integer(11)),
        error: row.optionalText(12), createdAt: row.timestamp(13), startedAt: row.optionalTimestamp(14),
        finishedAt: row.optionalTimestamp(15)),
      collection: row.integer(16))
  }
}

extension IndexItem {
  fileprivate init(row: Statement) throws {
    guard let state = State(rawValue: row.text(3)) else {
      throw StoreError.unreadable(noun: "job", detail: "unknown state \(row.text(3))")
    }
    self.init(
      document: row.integer(0), version: Int(row.integer(1)), name: row.text(2), state: state,
      error: row.optionalText(4))
  }
}
