import Basics
import Datasets

/// One answer in SQL as it is remembered: the question, how it was asked, the first rows, and the ids that were in it.
struct RememberedResult: Equatable {
  /// Bytes of rows that are kept, the newest result's share of what is recalled.
  static let mostRowBytes = ResultMemory.mostBytes / 2
  /// Ids of a column.
  private static let mostIds = 20

  let question: String
  let sql: String
  let tables: [String]
  /// The first rows, as objects.
  let rows: [JSON]
  /// How many there were.
  let rowCount: Int
  /// What stood in columns whose name ends in id, each value once, in the order of the rows.
  let ids: [(column: String, values: [String])]

  init(question: String, sql: String, result: QueryResult) {
    self.question = String(question.prefix(300))
    self.sql = String(sql.prefix(600))
    tables = QueryRule.tables(in: sql, among: FieldServiceSchema.tables)
    var room = Self.mostRowBytes
    rows = Array(
      result.records.prefix { row in
        room -= row.bytes.count + 6
        return room >= 0
      })
    rowCount = result.rows.count
    ids = result.columns.enumerated().filter { $1.lowercased().hasSuffix("id") }.map { index, column in
      (column, Self.distinct(result.rows.map { $0[index] }))
    }
  }

  private static func distinct(_ values: [JSON]) -> [String] {
    var seen: Set<String> = []
    let texts = values.filter { !$0.isNull }.map { $0.string ?? $0.text }
    return Array(texts.filter { seen.insert($0).inserted }.prefix(mostIds))
  }

  static func == (left: Self, right: Self) -> Bool { left.json == right.json }
}

extension RememberedResult {
  /// As it is stored.
  var json: JSON {
    [
      "question": .string(question), "sql": .string(sql), "tables": .array(tables.map { .string($0) }),
      "rows": .array(rows), "rowCount": .integer(Int64(rowCount)),
      "ids": .object(
        JSONObject(
          ids.map { ids in
            JSONObject.Member(name: ids.column, value: .array(ids.values.map { .string($0) }))
          })),
    ]
  }

  /// Reads what `json` wrote; nil when it is something else.
  init?(json: JSON) {
    guard let question = json["question"]?.string, let sql = json["sql"]?.string,
      let rows = json["rows"]?.array, let count = json["rowCount"]?.integer
    else { return nil }
    self.question = question
    self.sql = sql
    self.rows = rows
    tables = json["tables"]?.array?.compactMap(\.string) ?? []
    rowCount = Int(clamping: count)
    ids = (json["ids"]?.object?.members ?? []).map { member in
      (member.name, member.value.array?.compactMap(\.string) ?? [])
    }
  }

  /// In words, with as many rows as fit.
  ///
  /// - Parameter bytes: of the words, roughly.
  func text(within bytes: Int) -> String {
    var text = "Question: \(question)\nSQL: \(sql)\n"
    if !tables.isEmpty { text += "Tables: \(tables.joined(separator: ", "))\n" }
    for (column, values) in ids where !values.isEmpty {
      text += "\(column): \(values.joined(separator: ", "))\n"
    }
    var lines: [String] = []
    var room = bytes - text.utf8.count
    for (index, row) in rows.enumerated() {
      let line = "\(index + 1). \(row.text)"
      room -= line.utf8.count + 1
      guard room >= 0 else { break }
      lines.append(line)
    }
    text += "Rows: \(rowCount)" + (lines.count < rowCount ? ", the first \(lines.count) of them:\n" : ":\n")
    return text + lines.joined(separator: "\n")
  }
}
