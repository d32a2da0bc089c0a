/// A first look at all rows of a table, from which follows how each field is read in a second one.
package struct TableSurvey: Sendable {
  private let dialect: CSVDialect
  private var header: [String]?
  private var tallies: [ColumnTally] = []
  private(set) package var rowCount = 0
  /// Rows with fewer fields than the first one, and with more.
  private var shortRows = 0
  private var longRows = 0

  package init(_ dialect: CSVDialect) { self.dialect = dialect }

  /// Takes the next row; the first may be the header.
  package mutating func note(_ record: CSVRecord) {
    if dialect.hasHeader, header == nil {
      header = record.fields.map { range in
        let field = record.bytes.span.extracting(range)
        return String(decoding: Windows1252.repair(field) ?? Array(record.bytes[range]), as: UTF8.self)
      }
      tallies = record.fields.map { _ in ColumnTally() }
      return
    }
    if header == nil {
      header = record.fields.map { _ in "" }
      tallies = record.fields.map { _ in ColumnTally() }
    }
    rowCount += 1
    let width = header?.count ?? 0
    if record.fields.count < width { shortRows += 1 }
    while tallies.count < record.fields.count { tallies.append(ColumnTally()) }
    var isLong = false
    for (index, range) in record.fields.enumerated() {
      if index >= width, !range.isEmpty { isLong = true }
      tallies[index].note(record.bytes.span.extracting(range))
    }
    if isLong { longRows += 1 }
  }

  /// How the table is read.
  ///
  /// - Throws: `csv_empty` when no row had a name or a value.
  package func plan() throws(TableError) -> TablePlan {
    guard let header, !header.isEmpty else { throw .empty }
    // Fields beyond the header are a column of their own if at least half of the rows have them; else they are dirt, and left out.
    let extra = tallies.dropFirst(header.count).prefix { $0.count * 2 >= max(rowCount, 1) }.count
    let isIndexed = extra == 1 && dialect.hasHeader
    let names =
      isIndexed ? [""] + header : header + [String](repeating: "", count: extra)
    let identifiers = ColumnNames.identifiers(for: names)
    // A column without a name and without a value is an empty one of a spreadsheet.
    let columns = names.indices.filter { !names[$0].isEmpty || tallies[$0].count > 0 || !dialect.hasHeader }
      .map {
        TablePlan.Column(
          position: $0, name: identifiers[$0], sourceName: names[$0],
          format: tallies[$0].format(delimiter: dialect.delimiter))
      }
    guard !columns.isEmpty else { throw .empty }
    return TablePlan(
      columns: columns, rowCount: rowCount, shortRows: shortRows, longRows: extra > 0 ? 0 : longRows)
  }
}

/// How a table is read: its columns, and what was odd about its rows.
package struct TablePlan: Equatable, Sendable {
  /// One column.
  package struct Column: Equatable, Sendable {
    /// Which field of a row is its own, from 0.
    package let position: Int
    /// Its name in SQL.
    package let name: String
    /// What the header calls it; empty without one.
    package let sourceName: String
    package let format: ColumnFormat

    package init(position: Int, name: String, sourceName: String, format: ColumnFormat) {
      self.position = position
      self.name = name
      self.sourceName = sourceName
      self.format = format
    }
  }

  package let columns: [Column]
  package let rowCount: Int
  /// Rows that lack fields; what they lack is missing.
  package let shortRows: Int
  /// Rows whose last fields were left out because no column is theirs.
  package let longRows: Int
}
