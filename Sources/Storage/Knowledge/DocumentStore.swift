package import Basics
import Database
package import Model

/// What a document says from its next version on.
package struct DocumentContent: Equatable, Sendable {
  package var name: String
  package var title: String
  package var format: String
  package var metadata: JSONObject
  /// Of everything else here: the same again needs no work.
  package var hash: String
  package var text: String

  package init(
    name: String, title: String, format: String, metadata: JSONObject, hash: String, text: String
  ) {
    self.name = name
    self.title = title
    self.format = format
    self.metadata = metadata
    self.hash = hash
    self.text = text
  }
}

/// A version of a document that was handed in.
package struct PutDocument: Equatable, Sendable {
  package var document: Int64
  package var version: Int
  /// Whether the visible version is the same, so that nothing was stored.
  package var isUnchanged: Bool
}

/// A text on its way into chunks.
package struct PendingDocument: Equatable, Sendable {
  package var name: String
  package var title: String
  package var text: String
  /// The version that can be found, and the newest one.
  package var visible: Int
  package var latest: Int
  package var isDeleted: Bool
  /// Who makes, or made, the vectors of this version.
  package var embedder: String
}

/// A document whose version changed, for those who keep vectors in memory.
package struct DocumentChange: Equatable, Sendable {
  package var document: Int64
  package var version: Int
}

/// Documents and their versions. A new version stands beside the old one until it has its chunks; then it takes its place at once.
package struct DocumentStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = """
    d.id, c.name, d.name, v.title, v.format, v.metadata, d.version, d.latest, v.characters, v.chunks, \
    d.created_at, d.updated_at
    """
  static let content = """
    documents d JOIN collections c ON c.number = d.collection
    JOIN document_versions v ON v.document = d.number AND v.version = coalesce(
      (SELECT version FROM document_versions WHERE document = d.number AND version = d.version), d.latest)
    """
  static let get = "SELECT \(columns) FROM \(content) WHERE d.id = ?2 AND c.tenant = ?1 AND d.deleted = 0"
  static let page = """
    SELECT \(columns) FROM \(content)
    WHERE d.collection = ?1 AND d.name > ?2 AND d.deleted = 0 ORDER BY d.name LIMIT ?3
    """
  static let text = """
    SELECT v.text FROM documents d JOIN document_versions v ON v.document = d.number AND v.version = d.version
    WHERE d.id = ?1
    """
  static let whole = """
    SELECT d.name, v.title, v.text FROM documents d
    JOIN document_versions v ON v.document = d.number AND v.version = d.version
    WHERE d.collection = ?1 AND d.deleted = 0 ORDER BY d.name
    """
  static let numbers = """
    SELECT d.number FROM documents d JOIN document_versions v ON v.document = d.number AND v.version = d.version
    WHERE d.collection = ?1 AND d.deleted = 0
      AND (?2 IS NULL OR d.id IN (SELECT value FROM json_each(?2)) OR d.name IN (SELECT value FROM json_each(?2)))
      AND NOT EXISTS (
        SELECT 1 FROM json_each(?3) f WHERE NOT EXISTS (
          SELECT 1 FROM json_each(v.metadata) m WHERE m.key = f.key AND m.type = f.type AND m.value IS f.value))
    """
  static let changes = """
    SELECT number, version FROM documents WHERE collection = ?1 AND revision > ?2 ORDER BY revision
    """
  static let pending = """
    SELECT d.name, v.title, v.text, d.version, d.latest, d.deleted, v.embedder FROM documents d
    JOIN document_versions v ON v.document = d.number AND v.version = ?2 WHERE d.number = ?1
    """
  static let find = """
    SELECT d.number, d.version, d.latest, d.deleted, v.hash FROM documents d
    LEFT JOIN document_versions v ON v.document = d.number AND v.version = d.version
    WHERE d.collection = ?1 AND d.name = ?2
    """
  static let insert = """
    INSERT INTO documents (id, collection, name, latest, created_at, updated_at) VALUES (?1, ?2, ?3, 1, ?4, ?4)
    RETURNING number
    """
  static let advance = """
    UPDATE documents SET latest = latest + 1, deleted = 0 WHERE number = ?1 RETURNING latest
    """
  static let advanceAll = """
    UPDATE documents SET latest = latest + 1 WHERE collection = ?1 AND deleted = 0 AND version > 0
    RETURNING number, latest
    """
  static let insertVersion = """
    INSERT INTO document_versions (document, version, title, format, hash, metadata, embedder, characters, text)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    """
  static let copyVersion = """
    INSERT INTO document_versions (document, version, title, format, hash, metadata, embedder, characters, text)
    SELECT document, ?2, title, format, hash, metadata, ?3, characters, text FROM document_versions
    WHERE document = ?1 AND version < ?2 ORDER BY version DESC LIMIT 1
    """
  static let record = """
    UPDATE document_versions SET chunks = ?3, embedder = ?4 WHERE document = ?1 AND version = ?2
    """
  static let show = """
    UPDATE documents SET version = ?2, revision = ?3, updated_at = ?4
    WHERE number = ?1 AND latest = ?2 AND deleted = 0
    """
  static let delete = """
    UPDATE documents SET deleted = 1, latest = latest + 1, version = latest + 1, revision = ?2, updated_at = ?3
    WHERE number = ?1
    """
  static let deleteAll = """
    UPDATE documents SET deleted = 1, latest = latest + 1, version = latest + 1, revision = ?2, updated_at = ?3
    WHERE collection = ?1 AND deleted = 0
    """
  static let place = """
    SELECT d.number, d.collection FROM documents d JOIN collections c ON c.number = d.collection
    WHERE d.id = ?2 AND c.tenant = ?1 AND d.deleted = 0 AND c.deleted = 0
    """
  static let forget = "DELETE FROM documents WHERE deleted = 1 AND kept = version"
  static let all = [
    get, page, text, whole, numbers, changes, pending, find, insert, advance, advanceAll, insertVersion,
    copyVersion, record, show, delete, deleteAll, place, forget,
  ]
}

extension DocumentStore {
  static var statements: [String] { SQL.all }

  /// The document, or nil when there is none.
  package func get(
    _ id: Identifier<KnowledgeDocument>, tenant: String = "default"
  ) throws -> KnowledgeDocument? {
    try transaction.connection.first(SQL.get, .text(tenant), .text(id.text)) {
      try KnowledgeDocument(row: $0)
    }
  }

  /// The documents of a collection by name, those that wait for their first chunks, too.
  ///
  /// - Returns: `next` is what to give as `after`.
  package func page(
    of collection: Int64, after name: String = "", limit: Int = 50
  ) throws -> Page<KnowledgeDocument, String> {
    let rows = try transaction.connection.rows(
      SQL.page, .integer(collection), .text(name), .integer(Int64(limit + 1))
    ) { try KnowledgeDocument(row: $0) }
    return Page(rows, limit: limit) { $0.name }
  }

  /// The text of the version that can be found.
  package func text(of id: Identifier<KnowledgeDocument>) throws -> String? {
    try transaction.connection.first(SQL.text, .text(id.text)) { $0.text(0) }
  }

  /// All documents of a collection that can be found, by name, whole.
  package func whole(of collection: Int64) throws -> [(name: String, title: String, text: String)] {
    try transaction.connection.rows(SQL.whole, .integer(collection)) { ($0.text(0), $0.text(1), $0.text(2)) }
  }

  /// Those documents of a collection that have one of the ids or names, and all of the metadata.
  ///
  /// - Parameter names: nil for any.
  package func numbers(in collection: Int64, names: [String]?, metadata: JSONObject) throws -> [Int64] {
    try transaction.connection.rows(
      SQL.numbers, .integer(collection), DatabaseValue(names.map { JSON.array($0.map(JSON.string)).text }),
      .text(JSON.object(metadata).text)
    ) { $0.integer(0) }
  }

  /// The documents whose visible version changed after a revision, in the order of their changes.
  package func changes(in collection: Int64, after revision: Int64) throws -> [DocumentChange] {
    try transaction.connection.rows(SQL.changes, .integer(collection), .integer(revision)) {
      DocumentChange(document: $0.integer(0), version: Int($0.integer(1)))
    }
  }

  /// A version's text, and where its document stands; nil when either is gone.
  package func pending(_ document: Int64, version: Int) throws -> PendingDocument? {
    try transaction.connection.first(SQL.pending, .integer(document), .integer(Int64(version))) {
      PendingDocument(
        name: $0.text(0), title: $0.text(1), text: $0.text(2), visible: Int($0.integer(3)),
        latest: Int($0.integer(4)), isDeleted: $0.integer(5) == 1, embedder: $0.text(6))
    }
  }
}

extension DocumentStore where Access == WriteTransaction {
  /// Stores what a document shall say; it is shown once it has its chunks.
  package func put(
    _ content: DocumentContent, in collection: KnowledgeCollection
  ) throws -> PutDocument {
    let found = try transaction.connection.first(SQL.find, .integer(collection.number), .text(content.name)) {
      (
        number: $0.integer(0), version: Int($0.integer(1)), isSettled: $0.integer(1) == $0.integer(2),
        isDeleted: $0.integer(3) == 1, hash: $0.optionalText(4)
      )
    }
    guard let found else {
      let id: Identifier<KnowledgeDocument> = transaction.newIdentifier()
      let number = try transaction.connection.first(
        SQL.insert, .text(id.text), .integer(collection.number), .text(content.name),
        .integer(transaction.now.milliseconds)
      ) { $0.integer(0) }
      return try store(content, of: number ?? 0, version: 1, embedder: collection.embedder)
    }
    if !found.isDeleted, found.isSettled, found.hash == content.hash {
      return PutDocument(document: found.number, version: found.version, isUnchanged: true)
    }
    let version = try transaction.connection.first(SQL.advance, .integer(found.number)) { Int($0.integer(0)) }
    return try store(content, of: found.number, version: version ?? 0, embedder: collection.embedder)
  }

  private func store(
    _ content: DocumentContent, of document: Int64, version: Int, embedder: String
  ) throws -> PutDocument {
    try transaction.connection.run(
      SQL.insertVersion, .integer(document), .integer(Int64(version)), .text(content.title),
      .text(content.format), .text(content.hash), .text(JSON.object(content.metadata).text), .text(embedder),
      .integer(Int64(content.text.unicodeScalars.count)), .text(content.text))
    return PutDocument(document: document, version: version, isUnchanged: false)
  }

  /// Gives each visible document of a collection a new version with the text of its newest one, for vectors of another maker.
  package func putAgain(_ collection: Int64, embedder: String) throws -> [PutDocument] {
    let documents = try transaction.connection.rows(SQL.advanceAll, .integer(collection)) {
      PutDocument(document: $0.integer(0), version: Int($0.integer(1)), isUnchanged: false)
    }
    for document in documents {
      try transaction.connection.run(
        SQL.copyVersion, .integer(document.document), .integer(Int64(document.version)), .text(embedder))
    }
    return documents
  }

  /// Records how many chunks a version has, and who made their vectors.
  package func record(chunks count: Int, embedder: String, of document: Int64, version: Int) throws {
    try transaction.connection.run(
      SQL.record, .integer(document), .integer(Int64(version)), .integer(Int64(count)), .text(embedder))
  }

  /// Lets a version be found instead of the one before it; false when a newer one waits or the document was deleted.
  package func show(_ document: Int64, version: Int, revision: Int64) throws -> Bool {
    try transaction.connection.run(
      SQL.show, .integer(document), .integer(Int64(version)), .integer(revision),
      .integer(transaction.now.milliseconds)) == 1
  }

  /// Lets a version be found as a change of its own. The first one tells how long the collection's vectors are.
  package func show(_ document: Int64, version: Int, in collection: Int64) throws -> Bool {
    let revision = try transaction.collections.revise(collection)
    guard try show(document, version: version, revision: revision) else { return false }
    if let dimensions = try transaction.chunks.dimensions(of: document, version: version) {
      try transaction.collections.measure(collection, dimensions: dimensions)
    }
    return true
  }

  /// Deletes a document; it can no longer be found, and its chunks go by `ChunkStore.clear`.
  ///
  /// - Throws: `document_not_found`.
  package func delete(_ id: Identifier<KnowledgeDocument>, tenant: String = "default") throws {
    let place = try transaction.connection.first(SQL.place, .text(tenant), .text(id.text)) {
      (number: $0.integer(0), collection: $0.integer(1))
    }
    guard let place else { throw StoreError.notFound(noun: "document", id: id.text) }
    let revision = try transaction.collections.revise(place.collection)
    try transaction.connection.run(
      SQL.delete, .integer(place.number), .integer(revision), .integer(transaction.now.milliseconds))
  }

  /// Deletes all documents of a collection.
  package func deleteAll(of collection: Int64) throws {
    let revision = try transaction.collections.revise(collection)
    try transaction.connection.run(
      SQL.deleteAll, .integer(collection), .integer(revision), .integer(transaction.now.milliseconds))
  }

  /// Forgets deleted documents whose chunks are gone. At a start only, when nobody holds their vectors.
  package func forgetDeleted() throws { try transaction.connection.run(SQL.forget) }
}

extension KnowledgeDocument {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) throws {
    self.init(
      id: Identifier(row.text(0)), collection: row.text(1), name: row.text(2), title: row.text(3),
      format: row.text(4), metadata: try row.optionalJSON(5, of: "document")?.object ?? [:],
      version: Int(row.integer(6)), latest: Int(row.integer(7)), characters: Int(row.integer(8)),
      chunks: Int(row.integer(9)), createdAt: row.timestamp(10), updatedAt: row.timestamp(11))
  }
}
