import Testing

struct StorageBorderTests {
  /// Literals that are SQL, not sentences that happen to select or update something.
  static func statements(in source: SwiftSource) -> [Violation] {
    source.literals.filter { literal in
      let words = literal.text.split { $0 == " " || $0 == "\n" }
      guard let first = words.first, words.count > 1 else { return false }
      switch (first, words[1]) {
      case ("SELECT", _): return words.contains("FROM") || words.count < 4
      case ("INSERT", _), ("REPLACE", "INTO"), ("DELETE", "FROM"), ("CREATE", _), ("DROP", "TABLE"),
        ("ALTER", "TABLE"),
        ("PRAGMA", _):
        return true
      case ("WITH", _): return words.contains("SELECT")
      case ("UPDATE", _): return words.contains("SET")
      default: return false
      }
    }
    .map { Violation(path: source.path, line: $0.line, detail: "SQL") }
  }

  @Test(
    arguments: [
      "SELECT id FROM agents", "INSERT INTO runs VALUES (?)", "\n  CREATE TABLE a (b)", "UPDATE a SET b = 1",
      "PRAGMA user_version", "WITH a AS (SELECT 1) SELECT * FROM a",
    ])
  func `a statement is found`(text: String) {
    let source = SwiftSource(path: "x", text: "let a = \"\"\"\n\(text)\n\"\"\"")
    #expect(Self.statements(in: source).count == 1)
  }

  @Test(arguments: ["Select an agent from the list", "UPDATE the page", "// SELECT a FROM b", "DELETE"])
  func `a sentence is no statement`(text: String) {
    let literal = text.hasPrefix("//") ? text : "let a = \"\(text)\""
    #expect(Self.statements(in: SwiftSource(path: "x", text: literal)).isEmpty)
  }

  /// The file of a data set has the columns of an uploaded one: no noun and no migration knows them, so its SQL cannot be a noun's.
  private static let datasetFile = "Sources/Datasets/File/"

  @Test func `SQL lives in Storage and Database only, but for a data set's own file`() {
    let found = SwiftSource.all.filter { $0.room != "Storage" && $0.room != "Database" }
      .filter { !$0.path.hasPrefix(Self.datasetFile) }
      .flatMap { Self.statements(in: $0) }
    expectNone(found, "Give the store of the noun a function with a name for this:")
  }
}
