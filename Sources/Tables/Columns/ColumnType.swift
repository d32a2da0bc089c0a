/// What the values of a column are.
package enum ColumnType: String, Sendable, CaseIterable {
  case integer, real, boolean, datetime, text

  /// How the type is called by the data frames that analysts know.
  package var frameType: String {
    switch self {
    case .integer: "int64"
    case .real: "float64"
    case .boolean: "bool"
    case .datetime: "datetime64[ns]"
    case .text: "object"
    }
  }
}

/// One field as a value of its column.
package enum FieldValue: Equatable, Sendable {
  case missing
  case integer(Int64)
  case real(Double)
  case boolean(Bool)
  /// Milliseconds since 1970; UTC unless the column knows better.
  case moment(Int64)
  /// The field's own bytes, as they are.
  case text
}
