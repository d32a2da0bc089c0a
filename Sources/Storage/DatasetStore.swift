package import Basics
import Database
package import Model

/// Data sets, what is known of each, and which conversations are about it.
package struct DatasetStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = "id, filename, row_count, status, created_at, updated_at"
  static let get = "SELECT \(columns) FROM datasets WHERE id = ?1 AND tenant = ?2 AND status <> 'deleted'"
  static let isDeleted = "SELECT 1 FROM datasets WHERE id = ?1 AND tenant = ?2 AND status = 'deleted'"
  static let page = """
    SELECT \(columns) FROM datasets INDEXED BY datasets_by_age
    WHERE tenant = ?1 AND (created_at, id) < (?2, ?3) AND status <> 'deleted' ORDER BY created_at DESC, id DESC LIMIT ?4
    """
  static let unfinished = "SELECT id, tenant FROM datasets WHERE status = 'uploading'"
  static let imported = "SELECT id FROM datasets WHERE status IN ('exploring', 'ready')"
  static let profile = "SELECT profile FROM datasets WHERE id = ?1 AND tenant = ?2"
  static let insert = """
    INSERT INTO datasets (id, tenant, filename, status, created_at, updated_at) VALUES (?1, ?2, ?3, 'uploading', ?4, ?4)
    """
  static let finishUpload = """
    UPDATE datasets SET status = 'exploring', row_count = ?2, updated_at = ?3 WHERE id = ?1 AND status = 'uploading'
    """
  static let finishExploring = """
    UPDATE datasets SET status = 'ready', profile = ?2, updated_at = ?3 WHERE id = ?1 AND status IN ('exploring', 'ready')
    """
  static let delete = "UPDATE datasets SET status = 'deleted', profile = NULL, updated_at = ?2 WHERE id = ?1"
  static let remove = "DELETE FROM datasets WHERE id = ?1 AND tenant = ?2"
  static let insights = """
    SELECT insight FROM (
      SELECT id, insight FROM dataset_insights WHERE tenant = ?1 AND dataset = ?2 ORDER BY id DESC LIMIT ?3
    ) ORDER BY id
    """
  static let countInsights = "SELECT count(*) FROM dataset_insights WHERE tenant = ?1 AND dataset = ?2"
  static let addInsight = """
    INSERT INTO dataset_insights (tenant, dataset, insight, created_at) VALUES (?1, ?2, ?3, ?4)
    """
  static let deleteInsights = "DELETE FROM dataset_insights WHERE tenant = ?1 AND dataset = ?2"
  static let link = """
    INSERT INTO dataset_conversations (conversation, dataset, tenant, created_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO NOTHING
    """
  static let linked = "SELECT dataset FROM dataset_conversations WHERE conversation = ?1 AND tenant = ?2"
  static let conversations = """
    SELECT conversation FROM dataset_conversations WHERE tenant = ?1 AND dataset = ?2
    ORDER BY created_at DESC, conversation DESC LIMIT ?3
    """
  static let all = [
    get, isDeleted, page, unfinished, imported, profile, insert, finishUpload, finishExploring, delete,
    remove, insights,
    countInsights,
    addInsight, deleteInsights, link, linked, conversations,
  ]
}

extension DatasetStore {
  static var statements: [String] { SQL.all }

  /// The data set as it is now, or nil when there is none.
  package func get(_ id: Identifier<Dataset>, tenant: String = "default") throws -> Dataset? {
    try transaction.connection.first(SQL.get, .text(id.text), .text(tenant)) { try Dataset(row: $0) }
  }

  /// Whether there was one of that id.
  package func isDeleted(_ id: Identifier<Dataset>, tenant: String = "default") throws -> Bool {
    try transaction.connection.first(SQL.isDeleted, .text(id.text), .text(tenant)) { _ in true } ?? false
  }

  /// All data sets, the newest first.
  ///
  /// - Returns: `next` is what to give as `after` for the page of older ones.
  package func page(
    after position: ListPosition? = nil, limit: Int = 50, tenant: String = "default"
  ) throws -> Page<Dataset, ListPosition> {
    let position = position ?? ListPosition(at: Timestamp(milliseconds: .max), id: "")
    let rows = try transaction.connection.rows(
      SQL.page, .text(tenant), .integer(position.at.milliseconds), .text(position.id),
      .integer(Int64(limit + 1))
    ) { try Dataset(row: $0) }
    return Page(rows, limit: limit) { ListPosition(at: $0.createdAt, id: $0.id.text) }
  }

  /// Those whose import has not come to its end, of all tenants.
  package func unfinished() throws -> [(id: Identifier<Dataset>, tenant: String)] {
    try transaction.connection.rows(SQL.unfinished) { (Identifier($0.text(0)), $0.text(1)) }
  }

  /// Those that have a file, of all tenants.
  package func imported() throws -> [Identifier<Dataset>] {
    try transaction.connection.rows(SQL.imported) { Identifier($0.text(0)) }
  }

  /// What is known of its columns, as JSON; nil while it is not ready.
  package func profile(of id: Identifier<Dataset>, tenant: String = "default") throws -> JSON? {
    try transaction.connection.first(SQL.profile, .text(id.text), .text(tenant)) {
      try $0.optionalJSON(0, of: "dataset")
    } ?? nil
  }

  /// What answers found out about it, the oldest first.
  ///
  /// - Parameter limit: only so many of the newest.
  package func insights(
    of id: Identifier<Dataset>, limit: Int = 1000, tenant: String = "default"
  ) throws -> [JSON] {
    try transaction.connection.rows(SQL.insights, .text(tenant), .text(id.text), .integer(Int64(limit))) {
      try $0.optionalJSON(0, of: "insight") ?? .null
    }
  }

  /// Which data set a conversation is about; nil when it is about none.
  package func dataset(
    of conversation: Identifier<Conversation>, tenant: String = "default"
  ) throws -> Identifier<Dataset>? {
    try transaction.connection.first(SQL.linked, .text(conversation.text), .text(tenant)) {
      Identifier($0.text(0))
    }
  }

  /// The conversations about a data set, the newest first.
  package func conversations(
    about id: Identifier<Dataset>, limit: Int = 500, tenant: String = "default"
  ) throws -> [Conversation] {
    let ids = try transaction.connection.rows(
      SQL.conversations, .text(tenant), .text(id.text), .integer(Int64(limit))
    ) { Identifier<Conversation>($0.text(0)) }
    return try ids.compactMap { try transaction.conversations.get($0) }
  }
}

extension DatasetStore where Access == WriteTransaction {
  /// Enters a data set whose file is about to be imported.
  @discardableResult
  package func create(
    _ id: Identifier<Dataset>, filename: String, tenant: String = "default"
  ) throws -> Dataset {
    let now = transaction.now
    try transaction.connection.run(
      SQL.insert, .text(id.text), .text(tenant), .text(filename), .integer(now.milliseconds))
    return Dataset(id: id, filename: filename, status: .uploading, createdAt: now, updatedAt: now)
  }

  /// Marks a data set as imported.
  ///
  /// - Throws: `dataset_not_found` when it was deleted meanwhile.
  package func finishUpload(_ id: Identifier<Dataset>, rowCount: Int) throws {
    try changed(
      transaction.connection.run(
        SQL.finishUpload, .text(id.text), .integer(Int64(rowCount)), .integer(transaction.now.milliseconds)),
      id)
  }

  /// Stores what is known of a data set's columns, and marks it as ready.
  ///
  /// - Throws: `dataset_not_found` when it was deleted meanwhile.
  package func finishExploring(_ id: Identifier<Dataset>, profile: JSON) throws {
    try changed(
      transaction.connection.run(
        SQL.finishExploring, .text(id.text), .utf8(profile.bytes), .integer(transaction.now.milliseconds)), id
    )
  }

  private func changed(_ rows: Int, _ id: Identifier<Dataset>) throws {
    guard rows == 1 else { throw StoreError.notFound(noun: "dataset", id: id.text) }
  }

  /// Removes a data set that never came to be, or is about to be made anew, without a trace.
  package func remove(_ id: Identifier<Dataset>, tenant: String = "default") throws {
    try transaction.connection.run(SQL.remove, .text(id.text), .text(tenant))
  }

  /// Removes a data set with its insights, executions and sidebar; its conversations stay, and its id is not used again. Its file is the
  /// caller's affair.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  package func delete(_ id: Identifier<Dataset>, tenant: String = "default") throws -> Bool {
    guard try get(id, tenant: tenant) != nil else { return false }
    try transaction.connection.run(SQL.delete, .text(id.text), .integer(transaction.now.milliseconds))
    try transaction.connection.run(SQL.deleteInsights, .text(tenant), .text(id.text))
    try transaction.workspaces.delete(id, tenant: tenant)
    return true
  }

  /// Keeps what an answer found out.
  ///
  /// - Returns: how many there are now.
  @discardableResult
  package func addInsight(
    _ insight: JSON, to id: Identifier<Dataset>, tenant: String = "default"
  ) throws -> Int {
    try transaction.connection.run(
      SQL.addInsight, .text(tenant), .text(id.text), .utf8(insight.bytes),
      .integer(transaction.now.milliseconds))
    return try transaction.connection.first(SQL.countInsights, .text(tenant), .text(id.text)) {
      Int($0.integer(0))
    } ?? 0
  }

  /// Notes that a conversation is about a data set; one that is about another already stays so.
  package func link(
    _ conversation: Identifier<Conversation>, to id: Identifier<Dataset>, tenant: String = "default"
  ) throws {
    try transaction.connection.run(
      SQL.link, .text(conversation.text), .text(id.text), .text(tenant),
      .integer(transaction.now.milliseconds))
  }
}

extension Dataset {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let status = Status(rawValue: row.text(3)) else {
      throw StoreError.unreadable(noun: "dataset", detail: "unknown status \(row.text(3))")
    }
    self.init(
      id: Identifier(row.text(0)), filename: row.text(1), rowCount: row.optionalInteger(2).map { Int($0) },
      status: status, createdAt: row.timestamp(4), updatedAt: row.timestamp(5))
  }
}
