import Basics

/// Why bytes are no table.
package enum TableError: CodedError, Equatable {
  /// The bytes are of another kind of file.
  case notText(String)
  /// There is no row with anything in it.
  case empty
  /// A field is longer than a table takes.
  case fieldTooLong(line: Int, limit: Int)
  /// A row is longer than a table takes.
  case rowTooLong(line: Int, limit: Int)
  /// A row has more fields than a table takes.
  case tooManyColumns(line: Int, limit: Int)

  package var code: String {
    switch self {
    case .notText: "csv_not_text"
    case .empty: "csv_empty"
    case .fieldTooLong: "csv_field_too_long"
    case .rowTooLong: "csv_row_too_long"
    case .tooManyColumns: "csv_too_many_columns"
    }
  }

  package var message: String {
    switch self {
    case .notText(let kind): "Could not read the file as CSV: it is \(kind)."
    case .empty: "Could not read the file as CSV: it holds no rows."
    case .fieldTooLong(let line, let limit):
      "Could not read the file as CSV: a field that begins in line \(line) is longer than \(limit) bytes."
    case .rowTooLong(let line, let limit):
      "Could not read the file as CSV: the row of line \(line) is longer than \(limit) bytes."
    case .tooManyColumns(let line, let limit):
      "Could not read the file as CSV: line \(line) has more than \(limit) fields."
    }
  }

  package var hint: String? {
    switch self {
    case .notText: "Save it as CSV (UTF-8) and upload that file."
    case .empty: "The first row should name the columns, and each further row hold one record."
    case .fieldTooLong, .rowTooLong: "Look for a quotation mark that is never closed."
    case .tooManyColumns: "Look for another delimiter, or upload fewer columns."
    }
  }
}
