import Database
import Glibc
import TestKit
import Testing

struct GuardingTests {
  let folder = ScratchFolder()

  private var path: String { "\(folder.path)/a?b#c%d é.db" }

  /// A small file as an import makes it.
  private func build() throws {
    let connection = try DatabaseConnection(path: path, access: .build)
    try connection.execute("CREATE TABLE t (n INTEGER, b BOOLEAN, s TEXT); CREATE TABLE other (x)")
    try connection.execute("INSERT INTO t VALUES (1, 1, 'a'), (2, 0, 'b'), (NULL, NULL, NULL)")
  }

  private func open() throws -> DatabaseConnection {
    try build()
    return try DatabaseConnection(path: path, access: .immutable)
  }

  private func fault(_ work: () throws -> Void) -> DatabaseError.Reason? {
    do {
      try work()
      return nil
    } catch { return (error as? DatabaseError)?.reason }
  }

  @Test func `an immutable file is read and never written, whatever its name`() throws {
    let connection = try open()
    #expect(try connection.first("SELECT count(*) FROM t") { $0.integer(0) } == 3)
    #expect(fault { try connection.execute("INSERT INTO t VALUES (9, 9, 'x')") } == .readOnly)
    #expect(fault { try connection.execute("CREATE TABLE x (y)") } == .readOnly)
    #expect(folder.names.count == 1, "no lock, no journal")
  }

  @Test func `a file that is built belongs to its owner and has nothing beside it`() throws {
    try build()
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(folder.names == ["a?b#c%d é.db"])
  }

  @Test func `what is not allowed cannot even be prepared`() throws {
    let connection = try open()
    var seen: [StatementAction] = []
    connection.authorize { action in
      seen.append(action)
      switch action {
      case .select, .recursion: return true
      case .read(let table, _): return table == "t"
      case .function(let name): return name == "count"
      case .other: return false
      }
    }
    #expect(try connection.first("SELECT count(n) FROM t") { $0.integer(0) } == 2)
    #expect(seen.contains(.read(table: "t", column: "n")))
    #expect(seen.contains(.function("count")))
    for sql in [
      "SELECT x FROM other", "PRAGMA query_only = 0", "ATTACH 'x' AS y",
      "DELETE FROM t",
    ] {
      #expect(fault { _ = try connection.statement(sql) } == .denied, "\(sql)")
    }
  }

  @Test func `a function that is not allowed is an error of the statement's text`() throws {
    let connection = try open()
    connection.authorize { $0 != .function("upper") }
    #expect(fault { _ = try connection.statement("SELECT upper(s) FROM t") } == .failed)
  }

  @Test func `a statement that is watched can be stopped`() throws {
    let connection = try open()
    var turns = 0
    connection.watch(every: 100) {
      turns += 1
      return turns < 50
    }
    let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
    #expect(fault { _ = try connection.first(endless) { $0.integer(0) } } == .interrupted)
    #expect(turns == 50)
  }

  @Test func `a value beyond the bound fails`() throws {
    let connection = try open()
    connection.limit(.valueBytes, to: 1000)
    #expect(fault { _ = try connection.first("SELECT zeroblob(2000)") { $0.bytes(0) } } == .tooLarge)
  }

  @Test func `columns tell their names, kinds and declared types`() throws {
    let connection = try open()
    let statement = try connection.statement("SELECT n, b AS flag, s, n * 0.5, x'00' FROM t WHERE n = 1")
    #expect(try statement.step())
    #expect(statement.columnCount == 5)
    #expect((0..<5).map { statement.columnName($0) } == ["n", "flag", "s", "n * 0.5", "x'00'"])
    #expect((0..<5).map { statement.kind($0) } == [.integer, .integer, .text, .real, .bytes])
    #expect(statement.withText(2) { $0.count == 1 && $0[0] == UInt8(ascii: "a") })
    #expect((0..<4).map { statement.declaredType($0) } == ["INTEGER", "BOOLEAN", "TEXT", nil])
  }

  private final class Product: Aggregate {
    private var product: Double?
    private let limit: Double

    init(limit: Double) { self.limit = limit }

    func add(_ arguments: FunctionArguments) -> Bool {
      guard let number = arguments.number(0) else { return true }
      product = (product ?? 1) * number
      return (product ?? 0) < limit
    }

    func result() -> Double? { product }
  }

  @Test func `a function of ours sums up each group by itself`() throws {
    let connection = try open()
    try connection.define("product", argumentCount: 1) { Product(limit: 100) }
    #expect(try connection.first("SELECT product(n) FROM t") { $0.real(0) } == 2)
    #expect(try connection.first("SELECT product(n) FROM t WHERE n > 5") { $0.isNull(0) } == true)
    #expect(
      try connection.rows("SELECT product(n * 7) FROM t GROUP BY b ORDER BY b") { $0.optionalReal(0) } == [
        nil, 14, 7,
      ])
    #expect(fault { _ = try connection.first("SELECT product(99 + n) FROM t") { $0.real(0) } } == .tooLarge)
  }
}
