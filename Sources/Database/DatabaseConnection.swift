import CSQLite

/// The owner of one SQLite handle, with its prepared statements.
///
/// Not `Sendable`: it belongs to one thread at a time, so SQLite's own mutex is off.
package final class DatabaseConnection {
  /// What a connection may do with the file. Only a writer creates it and its schema.
  package enum Access: Sendable {
    case readWrite, readOnly
    /// Makes a file that nobody else sees before it is complete: without a journal, and without waiting for the disk.
    case build
    /// Reads a file that nobody will ever change again: without locks, and with no way to write or to reach another file.
    case immutable
  }

  package let path: String
  /// How many pages the write-ahead log holds, as of this connection's last commit.
  package private(set) var logPages = 0
  let handle: OpaquePointer
  /// What SQLite calls while statements are prepared and run; see `DatabaseConnection+Guarding`.
  var authorizer: Authorizer?
  var watcher: Watcher?
  private var statements: [String: Statement] = [:]

  /// Opens the file, and creates it for a writer, readable by its owner only.
  ///
  /// - Parameter busyMilliseconds: how long to wait for another process's lock.
  /// - Throws: `database_cannot_open`, `database_is_a_folder`, `not_a_database`, `database_read_only`, `database_locked`.
  package init(path: String, access: Access, busyMilliseconds: Int = 5000) throws(DatabaseError) {
    let isWriting = access == .readWrite || access == .build
    let flags = isWriting ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    if isWriting { PrivateFile.make(at: path) }
    precondition(DatabaseMemory.isCounted, "SQLite was used before its memory was set")
    var handle: OpaquePointer?
    let name = access == .immutable ? Self.immutableURI(path) : path
    let uri = access == .immutable ? SQLITE_OPEN_URI : 0
    let code = sqlite3_open_v2(name, &handle, flags | uri | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let handle else {
      let error =
        PrivateFile.isFolder(at: path)
        ? .folder(at: path)
        : DatabaseError(handle, doing: "open \(path)")
      sqlite3_close_v2(handle)
      throw error
    }
    self.path = path
    self.handle = handle
    sqlite3_busy_timeout(handle, Int32(busyMilliseconds))
    try configure(access)
    if access == .readWrite { watchLog() }
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(handle)
  }

  private func configure(_ access: Access) throws(DatabaseError) {
    do throws(DatabaseError) {
      switch access {
      // A writer that finds no WAL yet makes it; a reader needs the writer to have been there.
      case .readWrite:
        guard sqlite3_db_readonly(handle, "main") == 0 else {
          throw DatabaseError(.readOnly, doing: "open", detail: "the file is read-only")
        }
        try execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000;")
        try execute("PRAGMA journal_size_limit = 67108864;")
      case .readOnly:
        try execute("PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema;")
      case .build:
        try execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;")
      case .immutable:
        csqlite_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        csqlite_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        try execute("PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema;")
      }
      try execute("PRAGMA foreign_keys = ON; PRAGMA mmap_size = 2147418112; PRAGMA temp_store = MEMORY;")
      if access == .readWrite || access == .readOnly { try Closeness.define(on: self) }
    } catch {
      throw DatabaseError(error.reason, doing: "open \(path)", detail: error.detail)
    }
  }

  /// Takes the place of SQLite's automatic checkpoint, which would run inside some caller's commit.
  private func watchLog() {
    let itself = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_wal_hook(
      handle,
      { context, _, _, pages in
        guard let context else { return SQLITE_OK }
        Unmanaged<DatabaseConnection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
        return SQLITE_OK
      }, itself)
  }

  /// Sets whether a commit waits for the disk (`FULL`) or only for the operating system (`NORMAL`).
  ///
  /// - Precondition: no transaction is open; SQLite would keep the old setting.
  package func setSynchronous(_ isFull: Bool) throws(DatabaseError) {
    try execute(isFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
  }

  /// Whether a transaction is open. Some errors (a full disk) make SQLite end it by itself.
  package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// How many rows the last INSERT, UPDATE or DELETE touched.
  package var changes: Int { Int(sqlite3_changes64(handle)) }

  /// Runs SQL text of any number of statements and drops their rows.
  package func execute(_ sql: String) throws(DatabaseError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw DatabaseError(handle, doing: "run \(Statement.excerpt(sql))")
    }
  }

  /// A prepared statement, from the cache when its rows are not being read just now.
  package func statement(_ sql: String) throws(DatabaseError) -> Statement {
    let cached = statements[sql]
    if let cached, !cached.isBusy { return cached }
    var pointer: OpaquePointer?
    let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
    guard sqlite3_prepare_v3(handle, sql, -1, flags, &pointer, nil) == SQLITE_OK, let pointer else {
      throw DatabaseError(handle, doing: "prepare \(Statement.excerpt(sql))")
    }
    let statement = Statement(pointer)
    if cached == nil { statements[sql] = statement }
    return statement
  }

  /// Runs one statement whose rows, if any, do not matter.
  ///
  /// - Returns: how many rows it touched.
  @discardableResult
  package func run(_ sql: String, _ values: DatabaseValue...) throws(DatabaseError) -> Int {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(values)
    _ = try statement.step()
    return changes
  }

  /// Visits all rows of one statement. For pages on a hot path: the caller's array is of a type the compiler knows.
  package func each(
    _ sql: String, _ values: DatabaseValue..., visit: (Statement) throws -> Void
  ) throws {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(values)
    while try statement.step() { try visit(statement) }
  }

  /// Reads all rows of one statement.
  package func rows<Row>(
    _ sql: String, _ values: DatabaseValue..., read: (Statement) throws -> Row
  ) throws -> [Row] {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(values)
    var rows: [Row] = []
    while try statement.step() { rows.append(try read(statement)) }
    return rows
  }

  /// Reads the first row of one statement, or nil when there is none.
  package func first<Row>(
    _ sql: String, _ values: DatabaseValue..., read: (Statement) throws -> Row
  ) throws -> Row? {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(values)
    return try statement.step() ? try read(statement) : nil
  }

  /// Moves pages from the write-ahead log into the database as far as nobody has to wait for it.
  ///
  /// - Returns: whether every page was moved, so that the next commit begins the log anew.
  @discardableResult
  package func checkpoint() throws(DatabaseError) -> Bool {
    var total: Int32 = 0
    var moved: Int32 = 0
    let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, &total, &moved)
    guard code == SQLITE_OK || code == SQLITE_BUSY else { throw DatabaseError(handle, doing: "checkpoint") }
    return code == SQLITE_OK && total == moved
  }

  /// Moves every page into the database and empties the log; for a stop, when nobody else reads or writes.
  package func checkpointWhole() throws(DatabaseError) {
    guard sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil) == SQLITE_OK else {
      throw DatabaseError(handle, doing: "checkpoint")
    }
  }
}
