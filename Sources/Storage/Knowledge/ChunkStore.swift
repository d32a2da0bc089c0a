package import Basics
import Database
package import Model

/// A chunk on its way into the database.
package struct ChunkContent: Equatable, Sendable {
  package var position: Int
  /// Bytes of the version's text.
  package var range: Range<Int>
  package var heading: String
  package var text: String
  /// Of length 1.
  package var vector: [Float]

  package init(position: Int, range: Range<Int>, heading: String, text: String, vector: [Float]) {
    self.position = position
    self.range = range
    self.heading = heading
    self.text = text
    self.vector = vector
  }
}

/// A chunk's vector and whose it is.
package struct ChunkVector: Equatable, Sendable {
  package var chunk: Int64
  package var document: Int64
  package var vector: [Float]
}

/// A chunk that can be found, with where it stands.
package struct FoundChunk: Equatable, Sendable {
  package var id: Int64
  package var document: Identifier<KnowledgeDocument>
  package var documentName: String
  package var title: String
  package var metadata: JSONObject
  package var version: Int
  package var position: Int
  package var range: Range<Int>
  package var heading: String
  package var text: String
}

/// How long the chunks of a collection are, in characters.
package struct ChunkStatistics: Equatable, Sendable {
  package var count: Int
  package var shortest: Int
  package var average: Int
  package var longest: Int
}

/// Chunks: their texts, their vectors and their words. Only those of visible versions are found.
package struct ChunkStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let content = "JOIN documents d ON d.number = c.document AND d.version = c.version"
  static let last = """
    SELECT position, start_offset, end_offset FROM chunks WHERE document = ?1 AND version = ?2
    ORDER BY position DESC LIMIT 1
    """
  static let count = """
    SELECT count(*) FROM (
      SELECT 1 FROM chunk_words WHERE chunk_words MATCH ?1 AND rowid > ?2 AND rowid < ?3 LIMIT ?4)
    """
  // The table of words comes first, sorted by rank: the others are looked up for as many rows as are wanted, not for all that match.
  static let match = """
    SELECT w.rowid, w.rank FROM chunk_words w CROSS JOIN chunks c ON c.id = w.rowid \(content)
    WHERE w.chunk_words MATCH ?1 AND w.rowid > ?2 AND w.rowid < ?3 ORDER BY w.rank LIMIT ?4
    """
  static let matchWithin = """
    SELECT w.rowid, w.rank FROM chunk_words w CROSS JOIN chunks c ON c.id = w.rowid \(content)
    WHERE w.chunk_words MATCH ?1 AND w.rowid > ?2 AND w.rowid < ?3
      AND c.document IN (SELECT value FROM json_each(?5)) ORDER BY w.rank LIMIT ?4
    """
  static let found = """
    SELECT c.id, d.id, d.name, v.title, v.metadata, c.version, c.position, c.start_offset, c.end_offset,
      c.heading, c.text
    FROM json_each(?1) j CROSS JOIN chunks c ON c.id = j.value \(content)
    JOIN document_versions v ON v.document = d.number AND v.version = d.version
    WHERE d.collection = ?2
    """
  static let vectors = """
    SELECT c.chunk, c.document, c.vector FROM json_each(?1) j CROSS JOIN chunk_vectors c ON c.chunk = j.value
    \(content) WHERE d.collection = ?2
    """
  static let vectorsAfter = """
    SELECT c.chunk, c.document, c.vector FROM chunk_vectors c \(content)
    JOIN document_versions v ON v.document = d.number AND v.version = d.version
    WHERE c.chunk > ?1 AND c.chunk < ?2 AND v.embedder = ?3 ORDER BY c.chunk LIMIT ?4
    """
  static let vectorsOf = """
    SELECT v.chunk, v.document, v.vector FROM chunks c JOIN chunk_vectors v ON v.chunk = c.id
    JOIN document_versions o ON o.document = c.document AND o.version = c.version
    WHERE c.document = ?1 AND c.version = ?2 AND o.embedder = ?3 ORDER BY c.position
    """
  static let length = """
    SELECT length(v.vector) / 4 FROM chunks c JOIN chunk_vectors v ON v.chunk = c.id
    WHERE c.document = ?1 AND c.version = ?2 LIMIT 1
    """
  static let lengths = """
    SELECT count(*), coalesce(min(length(c.text)), 0), coalesce(avg(length(c.text)), 0),
      coalesce(max(length(c.text)), 0)
    FROM documents d JOIN chunks c ON c.document = d.number AND c.version = d.version
    WHERE d.collection = ?1 AND d.deleted = 0
    """
  static let reserve = """
    UPDATE collections SET next_chunk = next_chunk + ?2 WHERE number = ?1 RETURNING next_chunk - ?2
    """
  static let insert = """
    INSERT INTO chunks (id, document, version, position, start_offset, end_offset, heading, text)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    """
  static let insertVector =
    "INSERT INTO chunk_vectors (chunk, document, version, vector) VALUES (?1, ?2, ?3, ?4)"
  static let insertWords = "INSERT INTO chunk_words (rowid, heading, text) VALUES (?1, ?2, ?3)"
  static let clearable = "SELECT number, version FROM documents WHERE kept < version LIMIT 1"
  static let old = "SELECT id FROM chunks WHERE document = ?1 AND version >= ?2 AND version < ?3 LIMIT ?4"
  static let deleteWords = """
    INSERT INTO chunk_words (chunk_words, rowid, heading, text)
    SELECT 'delete', id, heading, text FROM chunks WHERE id = ?1
    """
  static let deleteVector = "DELETE FROM chunk_vectors WHERE chunk = ?1"
  static let delete = "DELETE FROM chunks WHERE id = ?1"
  static let deleteVersions = "DELETE FROM document_versions WHERE document = ?1 AND version < ?2"
  static let cleared = "UPDATE documents SET kept = ?2 WHERE number = ?1"
  static let all = [
    last, count, match, matchWithin, found, vectors, vectorsAfter, vectorsOf, length, lengths, reserve,
    insert, insertVector,
    insertWords, clearable, old, deleteWords, deleteVector, delete, deleteVersions, cleared,
  ]
}

extension ChunkStore {
  static var statements: [String] { SQL.all }

  /// The last stored chunk of a version, where its indexing was left; nil before the first.
  package func last(of document: Int64, version: Int) throws -> (position: Int, range: Range<Int>)? {
    try transaction.connection.first(SQL.last, .integer(document), .integer(Int64(version))) {
      (Int($0.integer(0)), Int($0.integer(1))..<Int($0.integer(2)))
    }
  }

  /// In how many chunks of a collection an expression of the full-text search occurs, at most `limit`.
  package func count(matching expression: String, in collection: Int64, limit: Int) throws -> Int {
    let ids = Self.ids(of: collection)
    return try transaction.connection.first(
      SQL.count, .text(expression), .integer(ids.lowerBound), .integer(ids.upperBound), .integer(Int64(limit))
    ) { Int($0.integer(0)) } ?? 0
  }

  /// The chunks that match an expression of the full-text search, the best first by BM25.
  ///
  /// - Parameter documents: the only ones to look at; nil for all.
  package func matches(
    _ expression: String, in collection: Int64, documents: [Int64]?, limit: Int
  ) throws -> [(chunk: Int64, score: Double)] {
    let ids = Self.ids(of: collection)
    // SQLite's rank is the negative of BM25, so that the best sorts first.
    let read = { (row: Statement) in (chunk: row.integer(0), score: -row.real(1)) }
    guard let documents else {
      return try transaction.connection.rows(
        SQL.match, .text(expression), .integer(ids.lowerBound), .integer(ids.upperBound),
        .integer(Int64(limit)), read: read)
    }
    return try transaction.connection.rows(
      SQL.matchWithin, .text(expression), .integer(ids.lowerBound), .integer(ids.upperBound),
      .integer(Int64(limit)), .text(Self.list(documents)), read: read)
  }

  /// The chunks of a collection that can still be found, by id, in any order.
  package func found(_ ids: [Int64], in collection: Int64) throws -> [FoundChunk] {
    try transaction.connection.rows(SQL.found, .text(Self.list(ids)), .integer(collection)) {
      try FoundChunk(row: $0)
    }
  }

  /// The exact vectors of chunks that can still be found.
  package func vectors(of ids: [Int64], in collection: Int64) throws -> [ChunkVector] {
    try transaction.connection.rows(SQL.vectors, .text(Self.list(ids)), .integer(collection)) {
      ChunkVector(row: $0)
    }
  }

  /// A page of all vectors of a collection that can be found.
  ///
  /// - Parameters:
  ///   - chunk: the last one of the page before; 0 for the first.
  ///   - embedder: whose vectors; others could not be compared.
  package func vectors(
    of collection: Int64, after chunk: Int64, embedder: String, limit: Int
  ) throws -> [ChunkVector] {
    let ids = Self.ids(of: collection)
    return try transaction.connection.rows(
      SQL.vectorsAfter, .integer(max(chunk, ids.lowerBound)), .integer(ids.upperBound), .text(embedder),
      .integer(Int64(limit))
    ) { ChunkVector(row: $0) }
  }

  /// The vectors of one version of a document.
  package func vectors(of change: DocumentChange, embedder: String) throws -> [ChunkVector] {
    try transaction.connection.rows(
      SQL.vectorsOf, .integer(change.document), .integer(Int64(change.version)), .text(embedder)
    ) { ChunkVector(row: $0) }
  }

  /// How long the vectors of a version are; nil when it has none.
  func dimensions(of document: Int64, version: Int) throws -> Int? {
    try transaction.connection.first(SQL.length, .integer(document), .integer(Int64(version))) {
      Int($0.integer(0))
    }
  }

  /// How long the chunks are that can be found in a collection.
  package func statistics(of collection: Int64) throws -> ChunkStatistics {
    try transaction.connection.first(SQL.lengths, .integer(collection)) {
      ChunkStatistics(
        count: Int($0.integer(0)), shortest: Int($0.integer(1)), average: Int($0.real(2).rounded()),
        longest: Int($0.integer(3)))
    } ?? ChunkStatistics(count: 0, shortest: 0, average: 0, longest: 0)
  }

  /// The ids that lie between belong to the collection.
  private static func ids(of collection: Int64) -> Range<Int64> {
    collection << 32..<(collection + 1) << 32
  }

  private static func list(_ ids: [Int64]) -> String { "[\(ids.map { "\($0)" }.joined(separator: ","))]" }
}

extension ChunkStore where Access == WriteTransaction {
  /// Stores chunks of a version that cannot be found yet.
  package func insert(
    _ chunks: [ChunkContent], of document: Int64, version: Int, in collection: Int64
  ) throws {
    let connection = transaction.connection
    let first = try connection.first(SQL.reserve, .integer(collection), .integer(Int64(chunks.count))) {
      collection << 32 | $0.integer(0)
    }
    guard let first else { throw StoreError.notFound(noun: "collection", id: "\(collection)") }
    for (offset, chunk) in chunks.enumerated() {
      let id = DatabaseValue.integer(first + Int64(offset))
      try connection.run(
        SQL.insert, id, .integer(document), .integer(Int64(version)), .integer(Int64(chunk.position)),
        .integer(Int64(chunk.range.lowerBound)), .integer(Int64(chunk.range.upperBound)),
        .text(chunk.heading), .text(chunk.text))
      try connection.run(
        SQL.insertVector, id, .integer(document), .integer(Int64(version)),
        .bytes(VectorBytes.of(chunk.vector)))
      try connection.run(SQL.insertWords, id, .text(chunk.heading), .text(chunk.text))
    }
  }

  /// Removes some chunks of versions that were replaced or deleted; called until it has nothing more to do.
  ///
  /// - Returns: whether there may be more.
  package func clear(atMost limit: Int) throws -> Bool {
    let old = try transaction.connection.first(SQL.clearable) {
      (document: $0.integer(0), version: Int($0.integer(1)))
    }
    guard let old else { return false }
    guard try remove(old.document, versions: 0..<old.version, atMost: limit) < limit else { return true }
    try transaction.connection.run(SQL.deleteVersions, .integer(old.document), .integer(Int64(old.version)))
    try transaction.connection.run(SQL.cleared, .integer(old.document), .integer(Int64(old.version)))
    return true
  }

  /// Removes chunks of some versions of a document.
  ///
  /// - Returns: how many were removed.
  @discardableResult
  package func remove(_ document: Int64, versions: Range<Int>, atMost limit: Int = .max) throws -> Int {
    let connection = transaction.connection
    let ids = try connection.rows(
      SQL.old, .integer(document), .integer(Int64(versions.lowerBound)),
      .integer(Int64(versions.upperBound)), .integer(Int64(limit))
    ) { $0.integer(0) }
    for id in ids {
      try connection.run(SQL.deleteWords, .integer(id))
      try connection.run(SQL.deleteVector, .integer(id))
      try connection.run(SQL.delete, .integer(id))
    }
    return ids.count
  }
}

extension ChunkVector {
  fileprivate init(row: Statement) {
    self.init(
      chunk: row.integer(0), document: row.integer(1), vector: VectorBytes.vector(row.bytes(2)))
  }
}

extension FoundChunk {
  fileprivate init(row: Statement) throws {
    self.init(
      id: row.integer(0), document: Identifier(row.text(1)), documentName: row.text(2), title: row.text(3),
      metadata: try row.optionalJSON(4, of: "document")?.object ?? [:], version: Int(row.integer(5)),
      position: Int(row.integer(6)), range: Int(row.integer(7))..<Int(row.integer(8)),
      heading: row.text(9), text: row.text(10))
  }
}
