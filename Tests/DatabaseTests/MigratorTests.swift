import Basics
import Database
import Glibc
import TestKit
import Testing

struct MigratorTests {
  let folder = ScratchFolder()
  let now = Timestamp(milliseconds: 7)
  let first = Migration(
    number: 1, name: "0001_create_a", sql: "CREATE TABLE a (i INTEGER PRIMARY KEY) STRICT;")
  let second = Migration(number: 2, name: "0002_create_b", sql: "CREATE TABLE b (a REFERENCES a (i));")

  private func connect() throws -> DatabaseConnection {
    try DatabaseConnection(path: "\(folder.path)/a.db", access: .readWrite)
  }

  private func tables(_ connection: DatabaseConnection) throws -> [String] {
    try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") { $0.text(0) }
  }

  @Test func `a new database gets all migrations and no backup`() throws {
    let connection = try connect()
    let outcome = try Migrator([second, first]).migrate(connection, now: now)
    #expect(outcome == Migrator.Outcome(applied: ["0001_create_a", "0002_create_b"], backup: nil))
    #expect(try tables(connection) == ["a", "b", "schema_migrations"])
    #expect(try Migrator([first, second]).migrate(connection, now: now) == Migrator.Outcome())
  }

  @Test func `an older database is copied before it is changed`() throws {
    let connection = try connect()
    _ = try Migrator([first]).migrate(connection, now: now)
    try connection.execute("INSERT INTO a VALUES (42)")
    let outcome = try Migrator([first, second]).migrate(connection, now: now)
    let backup = try #require(outcome.backup)
    #expect(backup == "\(folder.path)/a.db.before-0002.7")
    let copy = try DatabaseConnection(path: backup, access: .readWrite)
    #expect(try copy.first("SELECT i FROM a") { $0.integer(0) } == 42)
    #expect(try tables(copy) == ["a", "schema_migrations"])
    var status = stat()
    stat(backup, &status)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test func `a migration that fails leaves the database as it was`() throws {
    let connection = try connect()
    let broken = Migration(
      number: 2, name: "0002_break", sql: "CREATE TABLE b (i INTEGER); SELECT * FROM none;")
    let error = fault { _ = try Migrator([first, broken]).migrate(connection, now: now) }
    #expect(error?.message.contains("0002_break") == true)
    #expect(try tables(connection) == ["a", "schema_migrations"])
    #expect(!connection.isInTransaction)
    #expect(try connection.first("PRAGMA foreign_keys") { $0.integer(0) } == 1)
  }

  @Test func `a copy that nobody needs does not stay`() throws {
    let connection = try connect()
    _ = try Migrator([first]).migrate(connection, now: now)
    let broken = Migration(number: 2, name: "0002_break", sql: "SELECT * FROM none;")
    #expect(fault { _ = try Migrator([first, broken]).migrate(connection, now: now) } != nil)
    #expect(!folder.names.contains { $0.contains("before") }, "\(folder.names)")
    // One that stands there already is somebody else's.
    let taken = "\(folder.path)/a.db.before-0002.7"
    let other = try DatabaseConnection(path: taken, access: .readWrite)
    try other.execute("CREATE TABLE mine (i INTEGER)")
    let error = fault { _ = try Migrator([first, second]).migrate(connection, now: now) }
    #expect(error?.doing.hasSuffix("a.db to \(taken)") == true)
    #expect(try tables(other) == ["mine"] && folder.names.contains("a.db.before-0002.7"))
  }

  @Test func `a copy for which there is no room does not stay`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let folder = ScratchFolder()
      let connection = try DatabaseConnection(path: "\(folder.path)/a.db", access: .readWrite)
      let first = Migration(
        number: 1, name: "0001_create_a",
        sql: "CREATE TABLE a (b BLOB); INSERT INTO a VALUES (zeroblob(1000000));")
      _ = try Migrator([first]).migrate(connection, now: Timestamp(milliseconds: 7))
      // The kernel's name for it, RLIMIT_FSIZE, is an enumeration that Swift cannot convert.
      var limit = rlimit(rlim_cur: 100_000, rlim_max: rlim_t.max)
      #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)
      let second = Migration(number: 2, name: "0002_create_b", sql: "CREATE TABLE b (i INTEGER);")
      let error = #expect(throws: DatabaseError.self) {
        _ = try Migrator([first, second]).migrate(connection, now: Timestamp(milliseconds: 8))
      }
      #expect(error?.reason == .diskFull, "\(String(describing: error))")
      #expect(!folder.names.contains { $0.contains("before") })
    }
  }

  @Test func `a migration may not leave references to nothing`() throws {
    let connection = try connect()
    let broken = Migration(
      number: 3, name: "0003_orphan", sql: "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);")
    let error = fault { _ = try Migrator([first, second, broken]).migrate(connection, now: now) }
    #expect(error?.reason == .constraint)
    #expect(try connection.first("SELECT count(*) FROM a") { $0.integer(0) } == 0)
  }

  @Test func `a database from the future is refused`() throws {
    let connection = try connect()
    _ = try Migrator([first, second]).migrate(connection, now: now)
    let error = fault { _ = try Migrator([first]).migrate(connection, now: now) }
    #expect(error?.reason == .newerDatabase)
    #expect(error?.message.contains("0002_create_b") == true)
  }

  @Test func `an edited migration is refused`() throws {
    let connection = try connect()
    _ = try Migrator([first]).migrate(connection, now: now)
    let edited = Migration(number: 1, name: first.name, sql: first.sql + " ")
    #expect(
      fault { _ = try Migrator([edited]).migrate(connection, now: now) }?.reason == .editedMigration)
  }

  @Test func `another program's database is refused`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE bookmarks (url TEXT)")
    #expect(fault { _ = try Migrator([first]).migrate(connection, now: now) }?.reason == .otherProgram)
  }

  @Test func `numbers count from 1 without gaps`() {
    #expect(fault { _ = try Migrator([first, Migration(number: 3, name: "0003_c", sql: "")]) } != nil)
  }

  @Test(arguments: ["1_a.sql", "0001.sql", "0001_a.txt", "abcd_e.sql", ""])
  func `a file name of another form is refused`(name: String) {
    #expect(fault { _ = try Migration(fileName: name, sql: "") }?.reason == .wrongMigration)
  }

  @Test func `a file name gives number and name`() throws {
    let migration = try Migration(fileName: "0012_add_x.sql", sql: "SELECT 1")
    #expect(migration.number == 12)
    #expect(migration.name == "0012_add_x")
  }

  @Test func `a checksum is FNV-1a`() {
    // The reference values of the function's authors for "" and "a".
    #expect(Migration(number: 1, name: "", sql: "").checksum == "cbf29ce484222325")
    #expect(Migration(number: 1, name: "", sql: "a").checksum == "af63dc4c8601ec8c")
  }
}
