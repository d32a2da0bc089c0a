import Database
import Tables

/// Stores the rows of a table in a new database. All rows are one transaction: nobody sees the file before it is complete.
struct DatasetWriter {
  private let connection: DatabaseConnection
  private let insert: Statement
  private let columns: [TablePlan.Column]

  init(path: String, plan: TablePlan) throws {
    connection = try DatabaseConnection(path: path, access: .build)
    columns = plan.columns
    try connection.execute(DatasetSchema.facts)
    try connection.execute(DatasetSchema.create(columns))
    try connection.execute(DatasetSchema.begin)
    insert = try connection.statement(DatasetSchema.insert(columns.count))
    for (index, column) in columns.enumerated() {
      try connection.run(
        DatasetSchema.insertColumn, .integer(Int64(index)), .text(column.name), .text(column.sourceName),
        .text(column.format.type.rawValue))
    }
    try connection.run(
      DatasetSchema.insertFacts, .integer(Int64(plan.shortRows)), .integer(Int64(plan.longRows)))
  }

  /// Stores a row; fields that it lacks are missing.
  func append(_ record: CSVRecord) throws {
    for (index, column) in columns.enumerated() {
      guard column.position < record.fields.count else {
        try insert.bind(index + 1, .null)
        continue
      }
      let field = record.bytes.span.extracting(record.fields[column.position])
      try bind(index + 1, column.format, field)
    }
    _ = try insert.step()
    insert.reset()
  }

  private func bind(_ index: Int, _ format: ColumnFormat, _ field: Span<UInt8>) throws(DatabaseError) {
    switch format.value(of: field) {
    case .missing: try insert.bind(index, .null)
    case .integer(let value): try insert.bind(index, .integer(value))
    case .real(let value): try insert.bind(index, .real(value))
    case .boolean(let value): try insert.bind(index, .integer(value ? 1 : 0))
    case .moment(let value):
      try insert.bindText(
        index, DateText.text(value, hasTime: format.hasTime, hasFraction: format.hasFraction).span)
    case .text:
      if let repaired = Windows1252.repair(field) {
        try insert.bindText(index, repaired.span)
      } else {
        try insert.bindText(index, field)
      }
    }
  }

  func finish() throws { try connection.execute(DatasetSchema.commit) }
}
