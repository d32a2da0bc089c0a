import Basics
import Database
package import Model

/// Collections of documents.
package struct CollectionStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    number, tenant, name, embedder, dimensions, chunk_size, chunk_overlap, revision, created_at, updated_at
    """
  static let find = "SELECT \(columns) FROM collections WHERE tenant = ?1 AND name = ?2 AND deleted = 0"
  static let get = "SELECT \(columns) FROM collections WHERE number = ?1 AND deleted = 0"
  static let list = "SELECT \(columns) FROM collections WHERE tenant = ?1 AND deleted = 0 ORDER BY name"
  static let size = """
    SELECT count(*), coalesce(sum(v.chunks), 0) FROM documents d
    JOIN document_versions v ON v.document = d.number AND v.version = d.version
    WHERE d.collection = ?1 AND d.deleted = 0
    """
  static let insert = """
    INSERT INTO collections (tenant, name, embedder, chunk_size, chunk_overlap, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) RETURNING number
    """
  static let change = """
    UPDATE collections SET embedder = ?2, dimensions = ?3, chunk_size = ?4, chunk_overlap = ?5, updated_at = ?6
    WHERE number = ?1
    """
  static let measure = "UPDATE collections SET dimensions = ?2 WHERE number = ?1 AND dimensions IS NULL"
  static let revise = """
    UPDATE collections SET revision = revision + 1, updated_at = ?2 WHERE number = ?1 RETURNING revision
    """
  static let delete = "UPDATE collections SET deleted = 1, updated_at = ?2 WHERE number = ?1"
  static let forget = """
    DELETE FROM collections
    WHERE deleted = 1 AND NOT EXISTS (SELECT 1 FROM documents WHERE collection = collections.number)
    """
  static let all = [find, get, list, size, insert, change, measure, revise, delete, forget]
}

extension CollectionStore {
  static var statements: [String] { SQL.all }

  /// The collection of that name, or nil.
  package func find(_ name: String, tenant: String = "default") throws -> KnowledgeCollection? {
    try transaction.connection.first(SQL.find, .text(tenant), .text(name)) {
      try KnowledgeCollection(row: $0)
    }
  }

  /// The collection at a place, or nil when it was deleted.
  package func get(_ number: Int64) throws -> KnowledgeCollection? {
    try transaction.connection.first(SQL.get, .integer(number)) { try KnowledgeCollection(row: $0) }
  }

  /// All collections by name, each with its size.
  package func list(tenant: String = "default") throws -> [KnowledgeCollection] {
    try transaction.connection.rows(SQL.list, .text(tenant)) { try KnowledgeCollection(row: $0) }.map {
      try measured($0)
    }
  }

  /// The collection with its size as of now.
  package func measured(_ collection: KnowledgeCollection) throws -> KnowledgeCollection {
    var collection = collection
    collection.size = try transaction.connection.first(SQL.size, .integer(collection.number)) {
      KnowledgeCollection.Size(documents: Int($0.integer(0)), chunks: Int($0.integer(1)))
    }
    return collection
  }
}

extension CollectionStore where Access == WriteTransaction {
  /// Makes an empty collection.
  ///
  /// - Throws: `already_exists`.
  package func create(
    _ name: String, embedder: String, limits: ChunkLimits, tenant: String = "default"
  ) throws -> KnowledgeCollection {
    guard try find(name, tenant: tenant) == nil else {
      throw StoreError.alreadyExists(noun: "collection", id: name)
    }
    let number = try transaction.connection.first(
      SQL.insert, .text(tenant), .text(name), .text(embedder), .integer(Int64(limits.size)),
      .integer(Int64(limits.overlap)), .integer(transaction.now.milliseconds)
    ) { $0.integer(0) }
    return KnowledgeCollection(
      number: number ?? 0, tenant: tenant, name: name, embedder: embedder, dimensions: nil, limits: limits,
      createdAt: transaction.now, updatedAt: transaction.now)
  }

  /// Changes who makes a collection's vectors and how its documents are cut, from now on.
  package func change(_ number: Int64, embedder: String, dimensions: Int?, limits: ChunkLimits) throws {
    try transaction.connection.run(
      SQL.change, .integer(number), .text(embedder), DatabaseValue(dimensions), .integer(Int64(limits.size)),
      .integer(Int64(limits.overlap)), .integer(transaction.now.milliseconds))
  }

  /// Records how long the vectors of a collection are, with the first of them.
  func measure(_ number: Int64, dimensions: Int) throws {
    try transaction.connection.run(SQL.measure, .integer(number), .integer(Int64(dimensions)))
  }

  /// Counts a change of what can be found.
  ///
  /// - Returns: the revision that the change belongs to.
  func revise(_ number: Int64) throws -> Int64 {
    try transaction.connection.first(SQL.revise, .integer(number), .integer(transaction.now.milliseconds)) {
      $0.integer(0)
    } ?? 0
  }

  /// Deletes a collection with all its documents; its name is free at once, its chunks go by `ChunkStore.clear`.
  package func delete(_ number: Int64) throws {
    try transaction.documents.deleteAll(of: number)
    try transaction.connection.run(SQL.delete, .integer(number), .integer(transaction.now.milliseconds))
  }

  /// Forgets deleted collections of which nothing is left. At a start only, when nobody holds their vectors.
  package func forgetDeleted() throws { try transaction.connection.run(SQL.forget) }
}

extension KnowledgeCollection {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    guard let limits = ChunkLimits(size: Int(row.integer(5)), overlap: Int(row.integer(6))) else {
      throw StoreError.unreadable(noun: "collection", detail: "no such limits of chunks")
    }
    self.init(
      number: row.integer(0), tenant: row.text(1), name: row.text(2), embedder: row.text(3),
      dimensions: row.optionalInteger(4).map { Int($0) }, limits: limits, revision: row.integer(7),
      createdAt: row.timestamp(8), updatedAt: row.timestamp(9))
  }
}
