package import Basics
import Glibc

/// Brings a database's schema up to date, or refuses a database it does not understand.
package struct Migrator {
  private let migrations: [Migration]

  /// What a run of the migrator did.
  package struct Outcome: Equatable, Sendable {
    /// Names of the migrations that were applied now, in order.
    package var applied: [String]
    /// The copy of the database as it was before, when there was something to lose.
    package var backup: String?

    package init(applied: [String] = [], backup: String? = nil) {
      self.applied = applied
      self.backup = backup
    }
  }

  private struct Applied {
    let number: Int
    let name: String
    let checksum: String
  }

  private enum SQL {
    static let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    static let exists = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'"
    static let create = """
      CREATE TABLE schema_migrations (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        checksum TEXT NOT NULL,
        applied_at INTEGER NOT NULL
      ) STRICT
      """
    static let applied = "SELECT number, name, checksum FROM schema_migrations ORDER BY number"
    static let record =
      "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)"
    static let brokenReference = "SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1"
  }

  /// Takes the migrations in any order.
  ///
  /// - Throws: `migration_invalid` unless they count up from 1 without a gap.
  package init(_ migrations: [Migration]) throws(DatabaseError) {
    self.migrations = migrations.sorted { $0.number < $1.number }
    for (index, migration) in self.migrations.enumerated() where migration.number != index + 1 {
      throw DatabaseError(
        .wrongMigration, doing: "read the migrations",
        detail: "\(migration.name) should have number \(index + 1); they count from 0001 without gaps")
    }
  }

  /// Applies what is missing, each in its own transaction, after a backup when the database is not new.
  ///
  /// - Throws: `database_from_the_future`, `migration_edited`, `database_of_another_program`, or SQLite's error.
  package func migrate(_ connection: DatabaseConnection, now: Timestamp) throws -> Outcome {
    var outcome = Outcome()
    let applied = try appliedMigrations(of: connection)
    try check(applied, path: connection.path)
    let missing = migrations.dropFirst(applied.count)
    guard let first = missing.first else { return outcome }
    if !applied.isEmpty { outcome.backup = try copy(connection, before: first, now: now) }
    // A migration that rebuilds a table must be able to drop the old one; references are checked at its end.
    try connection.execute("PRAGMA foreign_keys = OFF")
    defer { try? connection.execute("PRAGMA foreign_keys = ON") }
    for migration in missing {
      do {
        try apply(migration, to: connection, now: now)
      } catch {
        // The database is still what was copied, and one start after the other would fill the disk with copies of it.
        if outcome.applied.isEmpty, let copy = outcome.backup { unlink(copy) }
        throw error
      }
      outcome.applied.append(migration.name)
    }
    return outcome
  }

  /// Copies the database as it is; a copy that fails, on a full disk for instance, takes no room.
  private func copy(_ connection: DatabaseConnection, before next: Migration, now: Timestamp) throws -> String
  {
    let copy = "\(connection.path).before-\(Self.fourDigits(next.number)).\(now.milliseconds)"
    let isOurs = PrivateFile.make(at: copy)
    do throws(DatabaseError) {
      try connection.run("VACUUM INTO ?1", .text(copy))
    } catch {
      if isOurs { unlink(copy) }
      throw DatabaseError(error.reason, doing: "copy \(connection.path) to \(copy)", detail: error.detail)
    }
    return copy
  }

  private func appliedMigrations(of connection: DatabaseConnection) throws -> [Applied] {
    if try connection.first(SQL.exists, read: { _ in true }) == nil {
      guard try connection.first(SQL.tables, read: { $0.integer(0) }) == 0 else {
        throw DatabaseError(
          .otherProgram, doing: "open \(connection.path)", detail: "it holds tables that are not the hub's")
      }
      return []
    }
    return try connection.rows(SQL.applied) {
      Applied(number: Int($0.integer(0)), name: $0.text(1), checksum: $0.text(2))
    }
  }

  private func check(_ applied: [Applied], path: String) throws(DatabaseError) {
    for (index, row) in applied.enumerated() {
      guard index < migrations.count, row.number == migrations[index].number else {
        throw DatabaseError(
          .newerDatabase, doing: "open \(path)",
          detail: "it has migration \(row.name), and this program knows only \(migrations.count)")
      }
      guard row.checksum == migrations[index].checksum else {
        throw DatabaseError(
          .editedMigration, doing: "open \(path)",
          detail: "migration \(migrations[index].name) is not the text that was applied")
      }
    }
  }

  private func apply(_ migration: Migration, to connection: DatabaseConnection, now: Timestamp) throws {
    try connection.execute("BEGIN IMMEDIATE")
    do {
      if migration.number == 1 { try connection.execute(SQL.create) }
      try connection.execute(migration.sql)
      try connection.run(
        SQL.record, .integer(Int64(migration.number)), .text(migration.name), .text(migration.checksum),
        .integer(now.milliseconds))
      if let table = try connection.first(SQL.brokenReference, read: { $0.text(0) }) {
        throw DatabaseError(
          .constraint, doing: "apply migration \(migration.name)",
          detail: "table \(table) would refer to rows that are gone")
      }
      try connection.execute("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      guard let error = error as? DatabaseError else { throw error }
      throw DatabaseError(
        error.reason, doing: "apply migration \(migration.name)", detail: "\(error.doing): \(error.detail)")
    }
  }

  private static func fourDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
