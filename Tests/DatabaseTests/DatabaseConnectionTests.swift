import Database
import Glibc
import TestKit
import Testing

struct DatabaseConnectionTests {
  let folder = ScratchFolder()

  private func connect(
    _ name: String = "a.db", _ access: DatabaseConnection.Access = .readWrite
  ) throws -> DatabaseConnection {
    try DatabaseConnection(path: "\(folder.path)/\(name)", access: access, busyMilliseconds: 20)
  }

  @Test func `values come back as they were bound`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, j TEXT, n TEXT) STRICT")
    let text = "déjà \0 vu 🦙"
    try connection.run(
      "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6)", .integer(.min), .real(0.5), .text(text),
      .bytes([0, 255]), .utf8(Array("{}".utf8)), .null)
    let isEqual = try connection.first("SELECT * FROM t") { row in
      row.integer(0) == .min && row.real(1) == 0.5 && row.text(2) == text && row.bytes(3) == [0, 255]
        && row.text(4) == "{}" && row.isNull(5) && row.optionalText(5) == nil
    }
    #expect(isEqual == true)
  }

  @Test func `empty text is text, not null`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (s TEXT NOT NULL, j TEXT NOT NULL) STRICT")
    try connection.run("INSERT INTO t VALUES (?1, ?2)", .text(""), .utf8([]))
    #expect(try connection.first("SELECT s, j FROM t") { $0.text(0) + $0.text(1) } == "")
  }

  @Test func `a statement whose rows are being read can be used again inside`() throws {
    let connection = try connect()
    let sql = "SELECT value FROM json_each('[1, 2, 3]')"
    let sums = try connection.rows(sql) { outer in
      try connection.rows(sql) { $0.integer(0) * outer.integer(0) }.reduce(0, +)
    }
    #expect(sums == [6, 12, 18])
  }

  @Test func `foreign keys are on and the log is written ahead`() throws {
    let connection = try connect()
    #expect(try connection.first("PRAGMA foreign_keys") { $0.integer(0) } == 1)
    #expect(try connection.first("PRAGMA journal_mode") { $0.text(0) } == "wal")
  }

  @Test func `a reader cannot write`() throws {
    try connect().execute("CREATE TABLE t (i INTEGER) STRICT")
    let reader = try connect("a.db", .readOnly)
    #expect(fault { try reader.execute("INSERT INTO t VALUES (1)") }?.reason == .readOnly)
  }

  @Test func `pages in the log are counted, and a checkpoint moves them`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (i INTEGER) STRICT")
    #expect(connection.logPages > 0)
    #expect(try connection.checkpoint())
    try connection.checkpointWhole()
    var status = stat()
    stat("\(folder.path)/a.db-wal", &status)
    #expect(status.st_size == 0)
  }

  @Test func `another connection's lock is an error with a hint`() throws {
    let first = try connect()
    let second = try connect()
    try first.execute("BEGIN IMMEDIATE")
    let error = fault { try second.execute("BEGIN IMMEDIATE") }
    #expect(error?.reason == .locked)
    #expect(error?.hint?.contains("AGENTHUB_DATABASE") == true)
  }

  @Test func `a file that is no database is an error with a hint`() throws {
    let path = "\(folder.path)/text.db"
    let file = fopen(path, "w")
    fputs(String(repeating: "not a database ", count: 200), file)
    fclose(file)
    let error = fault { _ = try DatabaseConnection(path: path, access: .readWrite) }
    #expect(error?.reason == .notADatabase)
    #expect(error?.message.contains(path) == true)
  }

  @Test func `a folder in the file's place is called one`() {
    let error = fault { _ = try DatabaseConnection(path: folder.path, access: .readWrite) }
    #expect(error?.reason == .isFolder)
    let locking = fault { _ = try DatabaseLock(path: folder.path) }
    #expect(locking == error)
    #expect(access(folder.path + "-lock", F_OK) != 0)
    #expect(error?.message == "Could not open \(folder.path): it is a folder.")
  }

  @Test func `a folder that is missing is an error with a hint`() {
    let error = fault { _ = try connect("none/a.db") }
    #expect(error?.reason == .cannotOpen)
    #expect(error?.hint?.contains("folder") == true)
  }

  @Test func `a full database is an error that ends the transaction whole`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (b BLOB) STRICT; PRAGMA max_page_count = 10; BEGIN")
    let error = fault { for _ in 0..<20 { try connection.run("INSERT INTO t VALUES (zeroblob(4000))") } }
    #expect(error?.reason == .diskFull)
    #expect(error?.hint?.contains("space") == true)
    if connection.isInTransaction { try connection.execute("ROLLBACK") }
    #expect(try connection.first("SELECT count(*) FROM t") { $0.integer(0) } == 0)
  }

  @Test func `an error names the statement and no value`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (s TEXT UNIQUE) STRICT")
    try connection.run("INSERT INTO t VALUES (?1)", .text("secret"))
    let error = fault { try connection.run("INSERT INTO t VALUES (?1)", .text("secret")) }
    #expect(error?.reason == .constraint)
    #expect(
      error?.message == "Could not run 'INSERT INTO t VALUES (?1)': UNIQUE constraint failed: t.s.")
  }

  @Test func `every reason has its own code`() {
    #expect(Set(DatabaseError.Reason.allCases.map(\.rawValue)).count == DatabaseError.Reason.allCases.count)
  }
}

/// The error that a body throws, or nil.
func fault(_ body: () throws -> Void) -> DatabaseError? {
  do {
    try body()
    return nil
  } catch {
    return error as? DatabaseError
  }
}
