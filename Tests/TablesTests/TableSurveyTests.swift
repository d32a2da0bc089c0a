import Tables
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
}
