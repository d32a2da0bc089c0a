import Tables
import TestKit
import Testing

struct TableSurveyTests {
  @Test(arguments: [
    (["amount", "Customer Region", "größe"], ["amount", "Customer_Region", "größe"]),
    (["a", "A", "a", "a_2"], ["a", "A_2", "a_3", "a_2_2"]),
    (["", " ", "-"], ["column_1", "column_2", "column_3"]),
    (["2020", "1st"], ["_2020", "_1st"]),
    (["order", "Group", "update", "select"], ["order_", "Group_", "update_", "select_"]),
    (["price ($)", "a--b", "_x_", "Unnamed: 0"], ["price", "a_b", "_x_", "Unnamed_0"]),
    (["x\"; DROP TABLE t; --"], ["x_DROP_TABLE_t"]), (["rowid", "created_at"], ["rowid_", "created_at"]),
  ])
  func `headers become names that SQL takes`(names: [String], expected: [String]) {
    #expect(ColumnNames.identifiers(for: names) == expected)
  }

  @Test func `short rows lack values, long rows lose what no column wants`() throws {
    let plan = try plan(of: "a,b\n1,2\n3\n4,5,6\n7,8\n9,1\n2,3\n")
    #expect(plan.columns.map(\.name) == ["a", "b"])
    #expect(plan.rowCount == 6)
    #expect(plan.shortRows == 1)
    #expect(plan.longRows == 1)
  }

  @Test func `a delimiter at the end of every row is no column`() throws {
    #expect(try plan(of: "a,b\n1,2,\n3,4,\n").columns.map(\.name) == ["a", "b"])
    #expect(try plan(of: "a,b,\n1,2,\n3,4,\n").columns.map(\.name) == ["a", "b"])
    #expect(try plan(of: "a,b,\n1,2,\n3,4,\n").longRows == 0)
  }

  @Test func `rows that are all one longer begin with their name`() throws {
    let plan = try plan(of: "x,y\nr1,1,2\nr2,3,4\n")
    #expect(plan.columns.map(\.name) == ["column_1", "x", "y"])
    #expect(plan.columns.map(\.format.type) == [.text, .integer, .integer])
  }

  @Test func `a file without a header gets names by place`() throws {
    let plan = try plan(of: "1,2.5,x\n2,3.5,y\n")
    #expect(plan.columns.map(\.name) == ["column_1", "column_2", "column_3"])
    #expect(plan.columns.map(\.sourceName) == ["", "", ""])
    #expect(plan.rowCount == 2)
  }

  @Test func `a header alone is a table without rows`() throws {
    let plan = try plan(of: "a,b\n")
    #expect(plan.rowCount == 0)
    #expect(plan.columns.count == 2)
  }

  @Test func `damaged files are read or refused, and never trap`() throws {
    var dice = SeededGenerator(seed: 23)
    let pieces =
      [
        "a", "1", "-2.5", ",", ";", "\"", "\n", "\r\n", "\t", "2024-01-31", "true", "NA", "1,234", "é", " ",
        "|", "1e9", "31/12/2024 5:06 pm",
        "sep=;", "\u{FEFF}", "00", ".", "Mar 4, 2024", "99999999999999999999", "+", "/", "-", "T", ":", "Z",
      ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xF0, 0x9F]]
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...40, using: &dice)).flatMap { _ in
        pieces.randomElement(using: &dice) ?? []
      }
      guard let (plan, _, records) = try? plan(of: bytes) else { continue }
      #expect(Set(plan.columns.map { $0.name.lowercased() }).count == plan.columns.count)
      for record in records {
        for column in plan.columns where column.position < record.fields.count {
          let field = record.bytes.span.extracting(record.fields[column.position])
          let value = column.format.value(of: field)
          let isKept = value == .text && column.format.type != .text && column.format.type != .datetime
          #expect(!isKept, "\(column.format) does not read all of its own values")
        }
      }
    }
  }
}
