import CSQLite

/// A prepared statement of one connection: bind, step, read columns.
///
/// Parameters count from 1, columns from 0, as in SQLite. Used by the connection's thread only.
package final class Statement {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { sqlite3_finalize(pointer) }

  /// Whether rows of an earlier use are still being read.
  var isBusy: Bool { sqlite3_stmt_busy(pointer) != 0 }

  /// Binds every parameter, in order.
  package func bind(_ values: [DatabaseValue]) throws(DatabaseError) {
    for (index, value) in values.enumerated() { try bind(index + 1, value) }
  }

  /// Binds one parameter.
  package func bind(_ index: Int, _ value: DatabaseValue) throws(DatabaseError) {
    let index = Int32(index)
    let code =
      switch value {
      case .null: sqlite3_bind_null(pointer, index)
      case .integer(let value): sqlite3_bind_int64(pointer, index, value)
      case .real(let value): sqlite3_bind_double(pointer, index, value)
      case .text(let value): bindText(index, value)
      case .bytes(let value):
        value.withUnsafeBytes { csqlite_bind_blob(pointer, index, $0.baseAddress, Int32($0.count)) }
      case .utf8(let value): value.withUnsafeBufferPointer { bindText(index, $0) }
      }
    guard code == SQLITE_OK else { throw fault() }
  }

  private func bindText(_ index: Int32, _ value: String) -> Int32 {
    var value = value
    return value.withUTF8 { bindText(index, $0) }
  }

  private func bindText(_ index: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    bytes.withMemoryRebound(to: CChar.self) {
      // Empty text may have no address, and SQLite would take that for NULL.
      guard let start = $0.baseAddress else { return csqlite_bind_text(pointer, index, "", 0) }
      return csqlite_bind_text(pointer, index, start, Int32($0.count))
    }
  }

  /// Binds UTF-8 text without making a string of it.
  package func bindText(_ index: Int, _ text: Span<UInt8>) throws(DatabaseError) {
    let code = text.withUnsafeBufferPointer { bindText(Int32(index), $0) }
    guard code == SQLITE_OK else { throw fault() }
  }

  /// Goes to the next row; false after the last.
  package func step() throws(DatabaseError) -> Bool {
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw fault()
    }
  }

  /// Makes the statement ready for another use and lets go of its rows.
  package func reset() {
    sqlite3_reset(pointer)
    sqlite3_clear_bindings(pointer)
  }

  /// The SQL, shortened; values are bound, so it holds no secret.
  private func fault() -> DatabaseError {
    let sql = sqlite3_sql(pointer).map { String(cString: $0) } ?? ""
    return DatabaseError(sqlite3_db_handle(pointer), doing: "run \(Self.excerpt(sql))")
  }

  static func excerpt(_ sql: String) -> String {
    let words = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count > 60 ? "'\(words.prefix(60))…'" : "'\(words)'"
  }
}

/// Columns of the current row.
extension Statement {
  /// Whether the column holds no value.
  package func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(pointer, Int32(column)) == SQLITE_NULL
  }

  /// A whole number; 0 for NULL.
  package func integer(_ column: Int) -> Int64 { sqlite3_column_int64(pointer, Int32(column)) }

  /// A floating-point number; 0 for NULL.
  package func real(_ column: Int) -> Double { sqlite3_column_double(pointer, Int32(column)) }

  /// A text; empty for NULL.
  package func text(_ column: Int) -> String { optionalText(column) ?? "" }

  /// The bytes of a blob, or of a text as UTF-8.
  package func bytes(_ column: Int) -> [UInt8] {
    guard let start = sqlite3_column_blob(pointer, Int32(column)) else { return [] }
    let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
    return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  /// A whole number, or nil for NULL.
  package func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }

  /// A floating-point number, or nil for NULL.
  package func optionalReal(_ column: Int) -> Double? { isNull(column) ? nil : real(column) }

  /// A text, or nil for NULL.
  package func optionalText(_ column: Int) -> String? {
    utf8(column).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Shows a text as UTF-8 where SQLite keeps it; nothing for NULL.
  package func withText<Value>(_ column: Int, _ body: (Span<UInt8>) throws -> Value) rethrows -> Value {
    try body((utf8(column) ?? UnsafeBufferPointer(start: nil, count: 0)).span)
  }

  /// SQLite's own copy, valid until the next step; nil for NULL.
  func utf8(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
    guard let start = sqlite3_column_text(pointer, Int32(column)) else { return nil }
    return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, Int32(column))))
  }
}
