import Tables

/// The SQL of a data set's own file. It stands here and not in Storage, because its columns are the uploaded file's: no migration, no noun and no
/// other room knows them.
enum DatasetSchema {
  /// The one table that questions see, whatever the uploaded file was called.
  static let table = "transactions"

  static let facts = """
    CREATE TABLE columns (position INTEGER PRIMARY KEY, name TEXT NOT NULL, source_name TEXT NOT NULL, type TEXT NOT NULL) STRICT;
    CREATE TABLE facts (short_rows INTEGER NOT NULL, long_rows INTEGER NOT NULL) STRICT;
    """
  static let insertColumn = "INSERT INTO columns (position, name, source_name, type) VALUES (?1, ?2, ?3, ?4)"
  static let insertFacts = "INSERT INTO facts (short_rows, long_rows) VALUES (?1, ?2)"
  static let readColumns = "SELECT name, source_name, type FROM columns ORDER BY position"
  static let readFacts = "SELECT short_rows, long_rows FROM facts"
  static let count = "SELECT count(*) FROM transactions"
  static let begin = "BEGIN"
  static let commit = "COMMIT"

  static func create(_ columns: [TablePlan.Column]) -> String {
    let list = columns.map { "\(quoted($0.name)) \(declaration($0.format.type))" }
    return "CREATE TABLE \(table) (\(list.joined(separator: ", ")))"
  }

  static func insert(_ count: Int, into table: String = table) -> String {
    "INSERT INTO \(quoted(table)) VALUES (\((1...count).map { "?\($0)" }.joined(separator: ", ")))"
  }

  static func select(_ names: [String]) -> String {
    "SELECT \(names.map(quoted).joined(separator: ", ")) FROM \(table)"
  }

  static func declare(_ tableFunction: String) -> String { "SELECT 1 FROM \(tableFunction)('[]')" }

  /// The declared type of truth values, by which answers know that 1 means true.
  static let boolean = "BOOLEAN"

  static func declaration(_ type: ColumnType) -> String {
    switch type {
    case .integer: "INTEGER"
    case .real: "REAL"
    case .boolean: boolean
    case .datetime, .text: "TEXT"
    }
  }

  static func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
