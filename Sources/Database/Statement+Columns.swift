import CSQLite

/// What kind of value stands in a column of the current row.
package enum ColumnKind: Sendable { case integer, real, text, bytes, null }

/// The columns of a statement whose text is known at run time only.
extension Statement {
  /// How many columns its rows have; 0 for a statement without rows.
  package var columnCount: Int { Int(sqlite3_column_count(pointer)) }

  /// A column's name as the statement gives it.
  package func columnName(_ column: Int) -> String {
    sqlite3_column_name(pointer, Int32(column)).map { String(cString: $0) } ?? ""
  }

  /// The type with which the table declares the column; nil for an expression.
  package func declaredType(_ column: Int) -> String? {
    sqlite3_column_decltype(pointer, Int32(column)).map { String(cString: $0) }
  }

  /// What the current row holds in a column.
  package func kind(_ column: Int) -> ColumnKind {
    switch sqlite3_column_type(pointer, Int32(column)) {
    case SQLITE_INTEGER: .integer
    case SQLITE_FLOAT: .real
    case SQLITE_TEXT: .text
    case SQLITE_BLOB: .bytes
    default: .null
    }
  }
}
