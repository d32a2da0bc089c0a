package import Basics
package import Tables

/// Several tables that belong together, as values: what becomes a database that is only asked.
package struct Workbook: Equatable, Sendable {
  /// Those that rows of others point to stand before them.
  package let sheets: [Sheet]

  package init(_ sheets: [Sheet]) { self.sheets = sheets }

  /// The names of its tables.
  package var names: [String] { sheets.map(\.name) }
}

/// One table of a workbook.
package struct Sheet: Equatable, Sendable {
  /// A column.
  package struct Column: Equatable, Sendable {
    /// What its values must be, beside their type.
    package enum Rule: Equatable, Sendable {
      /// The row's own id.
      case key
      /// Different in each row.
      case unique
      /// The id of a row of another table.
      case references(String)
    }

    package let name: String
    package let type: ColumnType
    package let rule: Rule?
    /// What stands in it, for who writes questions.
    package let note: String

    package init(_ name: String, _ type: ColumnType = .text, _ rule: Rule? = nil, note: String = "") {
      self.name = name
      self.type = type
      self.rule = rule
      self.note = note
    }
  }

  package let name: String
  package let columns: [Column]
  /// The values in the order of the columns.
  package let rows: [[JSON]]

  package init(_ name: String, _ columns: [Column], rows: [[JSON]] = []) {
    self.name = name
    self.columns = columns
    self.rows = rows
  }
}
