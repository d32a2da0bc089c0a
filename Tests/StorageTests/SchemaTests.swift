import Database
import Model
import Storage
import TestKit
import Testing

struct SchemaTests {
  private static let golden = "Tests/StorageTests/schema.sql"

  private func freshDatabase() throws -> (ScratchStore, DatabaseConnection) {
    let scratch = ScratchStore()
    try scratch.open().close()
    return (scratch, try scratch.connect())
  }

  @Test func `S003-01 the schema is the one under review`() throws {
    let (scratch, connection) = try freshDatabase()
    let statements = try connection.rows(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name"
    ) { $0.text(0) + ";\n" }
    let schema = statements.joined(separator: "\n")
    let reviewed = Repository.text(of: Self.golden)
    if reviewed != schema { #expect(Repository.write(schema, to: Self.golden)) }
    #expect(reviewed == schema, "\(Self.golden) is written anew: review the difference and run again.")
    withExtendedLifetime(scratch) {}
  }

  @Test(arguments: StatementTable.all)
  func `every statement can be prepared`(sql: String) throws {
    let (scratch, connection) = try freshDatabase()
    _ = try connection.statement(sql)
    withExtendedLifetime(scratch) {}
  }

  @Test(arguments: StatementTable.all)
  func `no statement walks a whole table that grows`(sql: String) throws {
    let (scratch, connection) = try freshDatabase()
    let plan = try connection.rows("EXPLAIN QUERY PLAN \(sql)") { $0.text(3) }
    let growing = [
      "conversations", "messages", "runs", "events", "usage_days", "idempotency", "attempts", "tool_calls",
      "documents", "document_versions", "chunks", "chunk_vectors", "index_jobs", "index_items",
      "query_results", "ratings",
    ]
    // Indexes of the few rows that wait for something.
    for step in plan where !step.contains("_unfinished") && !step.contains("_to_") {
      #expect(!growing.contains { step.hasPrefix("SCAN \($0)") }, "\(step)")
    }
    withExtendedLifetime(scratch) {}
  }

  @Test func `every statement is in the table`() {
    let names = ["columns", "content", "all"].map { "  static let \($0) =" }
    let written = Repository.files(below: "Sources/Storage", ending: "Store.swift").flatMap { path in
      (Repository.text(of: path) ?? "").split(separator: "\n").filter { line in
        let line = line.drop { $0 == " " }
        return line.hasPrefix("static let ") && !names.contains { "  \(line)".hasPrefix($0) }
      }
    }
    #expect(written.count == StatementTable.all.count)
    #expect(written.count > 30)
  }

  @Test func `every table is strict`() throws {
    let (scratch, connection) = try freshDatabase()
    // What the full-text search keeps for itself has no types.
    let loose = try connection.rows(
      "SELECT name FROM pragma_table_list WHERE NOT strict AND schema = 'main' AND type = 'table'"
    ) { $0.text(0) }
    #expect(loose.filter { !$0.hasPrefix("sqlite_") } == [])
    withExtendedLifetime(scratch) {}
  }

  @Test func `the binary carries every file of the folders, as it is`() throws {
    let files =
      Repository.files(below: "Migrations", ending: ".sql")
      + Repository.files(below: "Prices", ending: ".json")
      + Repository.files(below: "Sandbox", ending: ".py")
      + (Repository.files(below: "Seeds", ending: ".json")
      + Repository.files(below: "Seeds/knowledge", ending: ".md")).sorted()
    for path in files {
      #expect(Assets.file(path).map { String(decoding: $0, as: UTF8.self) } == Repository.text(of: path))
    }
    let carried = Assets.paths.filter { path in
      ["Migrations/", "Prices/", "Sandbox/", "Seeds/"].contains { path.hasPrefix($0) }
    }
    #expect(carried == files, "Give each file its two lines in Sources/CAssets/CAssets.c, ordered by path.")
    #expect(Assets.file("Migrations/none.sql") == nil)
  }

  @Test func `deleting the newest rows leaves their numbers behind`() async throws {
    let scratch = ScratchStore()
    let conversation = try await scratch.use { store in
      try await store.write { try $0.conversations.create() }
    }
    do {
      let connection = try scratch.connect()
      try connection.execute("DELETE FROM events")
    }
    try await scratch.use { store in
      let event = try await store.write { try $0.appendDelta("x", to: conversation.id) }
      #expect(event.offset == 2)
      #expect(event.seq == 2)
    }
  }
}
