package import Basics

/// What a question to a data set came to.
package struct QueryResult: Equatable, Sendable {
  /// The columns' names, each different from the others.
  package let columns: [String]
  /// The rows' values, in the order of the columns.
  package let rows: [[JSON]]
  /// Whether there were more rows than the answer holds.
  package let isTruncated: Bool

  /// - Parameter columns: names as the statement gives them; one that comes again gets its turn (`n_2`).
  package init(columns: [String], rows: [[JSON]], isTruncated: Bool) {
    var taken: Set<String> = []
    self.columns = columns.map { name in
      var unique = name
      var turn = 1
      while !taken.insert(unique).inserted {
        turn += 1
        unique = "\(name)_\(turn)"
      }
      return unique
    }
    self.rows = rows
    self.isTruncated = isTruncated
  }

  /// `Query returned 2 rows, 2 columns`
  package var summary: String { "Query returned \(rows.count) rows, \(columns.count) columns" }

  /// The rows as objects, their members in the order of the columns.
  package var records: [JSON] {
    rows.map { row in
      .object(JSONObject(zip(columns, row).map { JSONObject.Member(name: $0, value: $1) }))
    }
  }

  /// `{"columns":[…],"row_count":2,"truncated":false,"summary":"…","rows":[{…}]}`; the rows last, because a model may get no more than the
  /// beginning.
  package var json: JSON {
    [
      "columns": .array(columns.map { .string($0) }), "row_count": .integer(Int64(rows.count)),
      "truncated": .bool(isTruncated), "summary": .string(summary), "rows": .array(records),
    ]
  }
}
