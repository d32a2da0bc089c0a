import Basics
import Database
import Glibc

/// Stores a workbook in a database of its own, which gets its name when it is complete.
enum WorkbookWriter {
  /// Makes the file.
  ///
  /// - Parameter path: where it stands then; beside it stands `path` + `.part` meanwhile.
  /// - Throws: `DatasetError` (a full disk), `DatabaseError` (rows that break the columns' rules).
  static func write(_ workbook: Workbook, to path: String) throws {
    let part = path + ".part"
    unlink(part)
    do {
      try fill(workbook, at: part)
      try DatasetFiles.publish(part, as: path)
    } catch {
      unlink(part)
      throw error
    }
  }

  private static func fill(_ workbook: Workbook, at path: String) throws {
    let connection = try DatabaseConnection(path: path, access: .build)
    try connection.execute(DatasetSchema.begin)
    for sheet in workbook.sheets {
      try connection.execute(DatasetSchema.create(sheet))
      let insert = try connection.statement(DatasetSchema.insert(sheet.columns.count, into: sheet.name))
      for row in sheet.rows {
        for (index, value) in row.enumerated() { try insert.bind(index + 1, DatabaseValue(value)) }
        _ = try insert.step()
        insert.reset()
      }
    }
    try connection.execute(DatasetSchema.commit)
  }
}

extension DatabaseValue {
  /// A member of JSON as a column holds it; lists and objects stay JSON.
  fileprivate init(_ value: JSON) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .integer(flag ? 1 : 0)
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .real(number)
    case .string(let text): self = .text(text)
    case .array, .object: self = .text(value.text)
    }
  }
}

extension DatasetSchema {
  static func create(_ sheet: Sheet) -> String {
    let columns = sheet.columns.map { column in
      let rule =
        switch column.rule {
        case .key: " PRIMARY KEY"
        case .unique: " UNIQUE"
        case .references(let table): " REFERENCES \(quoted(table))"
        case nil: ""
        }
      return "\(quoted(column.name)) \(declaration(column.type)) NOT NULL\(rule)"
    }
    return "CREATE TABLE \(quoted(sheet.name)) (\(columns.joined(separator: ", ")))"
  }
}
