package import Basics
import Database

/// What is known of one key of a provider, by the key's fingerprint.
package struct ProviderKeyRecord: Equatable, Sendable {
  package var fingerprint: String
  package var provider: String
  /// `healthy`, `cooling`, `exhausted` or `invalid`.
  package var condition: String
  /// When it may be tried again; nil while it is healthy.
  package var until: Timestamp?
  /// Failures in a row.
  package var strikes: Int
  package var uses: Int
  package var errors: Int
  package var lastUsedAt: Timestamp?
  /// For people, masked.
  package var lastFailure: String?
  /// The status of the provider's answer that failed the last time; nil when it was none.
  package var lastStatus: Int?

  package init(
    fingerprint: String, provider: String, condition: String, until: Timestamp? = nil, strikes: Int = 0,
    uses: Int = 0, errors: Int = 0, lastUsedAt: Timestamp? = nil, lastFailure: String? = nil,
    lastStatus: Int? = nil
  ) {
    self.fingerprint = fingerprint
    self.provider = provider
    self.condition = condition
    self.until = until
    self.strikes = strikes
    self.uses = uses
    self.errors = errors
    self.lastUsedAt = lastUsedAt
    self.lastFailure = lastFailure
    self.lastStatus = lastStatus
  }
}

/// What is known of providers' keys. The keys themselves are never stored here.
package struct ProviderKeyStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let columns =
    "fingerprint, provider, condition, until, strikes, uses, errors, last_used_at, last_failure, last_status"
  static let put = """
    INSERT INTO provider_keys (\(columns), changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    ON CONFLICT (fingerprint) DO UPDATE SET
      condition = excluded.condition, until = excluded.until, strikes = excluded.strikes, uses = excluded.uses,
      errors = excluded.errors, last_used_at = excluded.last_used_at, last_failure = excluded.last_failure,
      last_status = excluded.last_status, changed_at = excluded.changed_at
    """
  static let list = "SELECT \(columns) FROM provider_keys ORDER BY fingerprint"
  static let salt = "SELECT salt FROM key_salt"
  static let all = [put, list, salt]
}

extension ProviderKeyStore {
  static var statements: [String] { SQL.all }

  /// Every key that was ever used, by fingerprint.
  package func list() throws -> [ProviderKeyRecord] {
    try transaction.connection.rows(SQL.list) { ProviderKeyRecord(row: $0) }
  }

  /// What this database's fingerprints are salted with.
  package func salt() throws -> String {
    try transaction.connection.first(SQL.salt) { $0.text(0) } ?? ""
  }
}

extension ProviderKeyStore where Access == WriteTransaction {
  /// Stores what is known of a key now.
  package func put(_ record: ProviderKeyRecord) throws {
    try transaction.connection.run(
      SQL.put, .text(record.fingerprint), .text(record.provider), .text(record.condition),
      DatabaseValue(record.until?.milliseconds), .integer(Int64(record.strikes)),
      .integer(Int64(record.uses)),
      .integer(Int64(record.errors)), DatabaseValue(record.lastUsedAt?.milliseconds),
      DatabaseValue(record.lastFailure), DatabaseValue(record.lastStatus),
      .integer(transaction.now.milliseconds))
  }
}

extension ProviderKeyRecord {
  /// Reads the columns of `SQL.columns`.
  fileprivate init(row: Statement) {
    self.init(
      fingerprint: row.text(0), provider: row.text(1), condition: row.text(2),
      until: row.optionalTimestamp(3),
      strikes: Int(row.integer(4)), uses: Int(row.integer(5)), errors: Int(row.integer(6)),
      lastUsedAt: row.optionalTimestamp(7), lastFailure: row.optionalText(8),
      lastStatus: row.optionalInteger(9).map { Int($0) })
  }
}
