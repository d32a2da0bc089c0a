package import Tables

/// What data sets and questions may take.
package struct DatasetLimits: Sendable {
  /// Bytes of an uploaded file.
  package var uploadBytes = 512 << 20
  package var rows = 5_000_000
  /// Rows times columns; a profile holds them all in memory, 8 bytes each and the texts.
  package var cells = 64_000_000
  /// Of the parts of a file.
  package var csv = CSVLimits()
  package var query = QueryLimits()

  package init() {}
}

/// What one question may take.
package struct QueryLimits: Sendable {
  /// Rows of the answer, when the caller names no number.
  package var rows = 500
  /// Rows of the answer that a caller may name.
  package var mostRows = 10_000
  package var seconds = 10
  /// That the engine may take for sorting and grouping.
  package var memoryBytes = 256 << 20
  /// Of one value. Also bounds what one step of the engine can do before it looks at the clock again, and holds the largest row of a file.
  package var valueBytes = 256 << 10
  /// Of the answer; rows beyond are left out.
  package var resultBytes = 4 << 20
  package var sqlBytes = 64 << 10
  /// How many copies of common table expressions the engine would make.
  package var expansions = 500

  package init() {}
}
