package import Basics
import Database

/// A request that carried an `Idempotency-Key`, and its answer once it is known.
package struct IdempotencyRecord: Equatable, Sendable {
  /// The route's name, so that one key may be used on two routes.
  package var route: String
  package var key: String
  /// Of the request's body: the same key with another body is a mistake.
  package var fingerprint: String
  /// What the request made: a run's or a conversation's id.
  package var resource: String?
  /// The answer's HTTP status; nil while the request is worked on.
  package var status: Int?
  package var body: [UInt8]?
  package var createdAt: Timestamp

  package init(
    route: String, key: String, fingerprint: String, resource: String? = nil, status: Int? = nil,
    body: [UInt8]? = nil, createdAt: Timestamp
  ) {
    self.route = route
    self.key = key
    self.fingerprint = fingerprint
    self.resource = resource
    self.status = status
    self.body = body
    self.createdAt = createdAt
  }
}

/// Requests that may come twice.
package struct IdempotencyStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns = "route, key, fingerprint, resource, status, body, created_at"
  static let find = """
    SELECT \(columns) FROM idempotency WHERE tenant = 'default' AND route = ?1 AND key = ?2
    """
  static let insert = "INSERT INTO idempotency (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
  static let answer = """
    UPDATE idempotency SET status = ?3, body = ?4 WHERE tenant = 'default' AND route = ?1 AND key = ?2
    """
  static let delete = "DELETE FROM idempotency WHERE tenant = 'default' AND route = ?1 AND key = ?2"
  static let deleteOlder = "DELETE FROM idempotency WHERE created_at < ?1"
  static let all = [find, insert, answer, delete, deleteOlder]
}

extension IdempotencyStore {
  static var statements: [String] { SQL.all }

  /// The request that used this key on this route before, or nil.
  package func find(route: String, key: String) throws -> IdempotencyRecord? {
    try transaction.connection.first(SQL.find, .text(route), .text(key)) { IdempotencyRecord(row: $0) }
  }
}

extension IdempotencyStore where Access == WriteTransaction {
  /// Claims a key for a request.
  ///
  /// - Throws: `constraint_violated` when the key is taken; look with `find` in the same job first.
  package func insert(_ record: IdempotencyRecord) throws {
    try transaction.connection.run(
      SQL.insert, .text(record.route), .text(record.key), .text(record.fingerprint),
      DatabaseValue(record.resource), DatabaseValue(record.status),
      record.body.map { .bytes($0) } ?? .null, .integer(record.createdAt.milliseconds))
  }

  /// Keeps the answer for the next time.
  package func setAnswer(route: String, key: String, status: Int, body: [UInt8]) throws {
    try transaction.connection.run(
      SQL.answer, .text(route), .text(key), .integer(Int64(status)), .bytes(body))
  }

  /// Frees a key whose request failed in a way that is worth a second try.
  package func delete(route: String, key: String) throws {
    try transaction.connection.run(SQL.delete, .text(route), .text(key))
  }

  /// Forgets old requests.
  ///
  /// - Returns: how many.
  @discardableResult
  package func delete(olderThan moment: Timestamp) throws -> Int {
    try transaction.connection.run(SQL.deleteOlder, .integer(moment.milliseconds))
  }
}

extension IdempotencyRecord {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) {
    self.init(
      route: row.text(0), key: row.text(1), fingerprint: row.text(2), resource: row.optionalText(3),
      status: row.optionalInteger(4).map { Int($0) }, body: row.isNull(5) ? nil : row.bytes(5),
      createdAt: row.timestamp(6))
  }
}
