import Database
import Tables

/// Reads a data set's own database as a whole.
struct DatasetReader {
  private let connection: DatabaseConnection

  /// A column, and what the uploaded file calls it.
  struct Column: Equatable {
    let name: String
    let sourceName: String
    let type: ColumnType
  }

  init(path: String) throws(DatabaseError) {
    connection = try DatabaseConnection(path: path, access: .immutable)
  }

  func columns() throws -> [Column] {
    try connection.rows(DatasetSchema.readColumns) {
      Column(name: $0.text(0), sourceName: $0.text(1), type: ColumnType(rawValue: $0.text(2)) ?? .text)
    }
  }

  /// Sentences about rows of the uploaded file that were not like the others.
  func remarks() throws -> [String] {
    try connection.first(DatasetSchema.readFacts) { row in
      let (short, long) = (row.integer(0), row.integer(1))
      return
        (long > 0
        ? ["\(long) rows of the file had more fields than the header; what was beyond is left out."] : [])
        + (short > 0
          ? ["\(short) rows of the file had fewer fields than the header; what they lack is missing."] : [])
    } ?? []
  }

  /// All rows, column by column.
  ///
  /// - Parameter isCancelled: asked now and then; true throws `query_cancelled`.
  func table(isCancelled: () -> Bool) throws -> ColumnTable {
    let rowCount = try connection.first(DatasetSchema.count) { Int($0.integer(0)) } ?? 0
    let columns = try columns()
    var vectors = columns.map { ColumnVector(name: $0.name, type: $0.type, capacity: rowCount) }
    var seen = 0
    try connection.each(DatasetSchema.select(columns.map(\.name))) { row in
      seen += 1
      if seen & 0xFFFF == 0, isCancelled() { throw DatasetError.cancelled }
      for index in vectors.indices { Self.append(row, index, to: &vectors[index]) }
    }
    return ColumnTable(rowCount: seen, columns: vectors)
  }

  private static func append(_ row: Statement, _ index: Int, to vector: inout ColumnVector) {
    guard !row.isNull(index) else { return vector.appendMissing() }
    switch vector.type {
    case .integer, .boolean: vector.append(integer: row.integer(index))
    case .real: vector.append(real: row.real(index))
    case .datetime, .text: row.withText(index) { vector.append(text: $0) }
    }
  }
}
