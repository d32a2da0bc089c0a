package import Basics

/// Python code to be run once, and what it is given.
package struct PythonCall: Equatable, Sendable {
  package var code: String
  /// Wall-clock time for the code, once the data set has been read.
  package var timeout: Duration
  /// What `df` is made of; without it, `df` is an empty frame.
  package var table: TableFile?
  /// The rows of `result_df`, objects by column.
  package var rows: [JSON]

  package init(code: String, timeout: Duration = .seconds(10), table: TableFile? = nil, rows: [JSON] = []) {
    self.code = code
    self.timeout = timeout
    self.table = table
    self.rows = rows
  }
}

/// A file with a data set. It is linked into the sandbox read-only, so it costs nothing however large it is.
package struct TableFile: Equatable, Sendable {
  /// How the file is read.
  package enum Form: Equatable, Sendable {
    case csv
    /// SQLite, whole in one file: what still lies in a write-ahead log is not seen.
    case sqlite(table: String)
  }

  package var path: String
  package var form: Form
  /// Columns that hold moments as text and are read as such.
  package var dateColumns: [String]

  package init(path: String, form: Form = .sqlite(table: "transactions"), dateColumns: [String] = []) {
    self.path = path
    self.form = form
    self.dateColumns = dateColumns
  }
}

/// What Python code gave.
package struct PythonOutcome: Equatable, Sendable {
  /// The variable `results`, or the printed JSON, or `{"output": …}` with the printed text, or nothing; always an object.
  package var value: JSONObject
  /// Everything that was printed, cut at the limit.
  package var printed: String
  /// From the moment the call got its worker until its result.
  package var duration: Duration

  /// The words that the seeds show for it.
  package static let summary = "Python execution completed successfully"
}
