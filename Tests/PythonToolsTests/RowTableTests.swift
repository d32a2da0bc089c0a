import Basics
import Tables
import TestKit
import Testing

@testable import PythonTools

struct RowTableTests {
  private static func report(_ rows: [JSON]) throws -> JSON {
    StatisticsReport.report(of: try #require(ColumnTable(rows: rows)))
  }

  /// Numbers that SciPy gives for the same rows.
  @Test func `rows of two groups get what a statistician would ask for`() throws {
    let amounts: [(String, Int64?)] = [
      ("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 11), ("b", 12), ("b", 13), ("b", 14), ("b", nil),
    ]
    let rows: [JSON] = amounts.enumerated().map { index, row in
      ["group": .string(row.0), "amount": row.1.map { .integer($0) } ?? .null, "day": .integer(Int64(index))]
    }
    let report = try Self.report(rows)
    let amount = try #require(report["metrics"]?["amount"])
    #expect(report["row_count"]?.integer == 9)
    #expect(amount["count"]?.integer == 8)
    #expect(amount["mean"]?.number == 7.5)
    #expect(amount["median"]?.number == 7.5)
    #expect(amount["std"]?.number == 5.4772)
    #expect(amount["trend"]?["slope_per_row"]?.number == 2.1429)
    #expect(report["correlations"]?[0]?["pearson_r"]?.number == 0.9583)
    #expect(report["t_tests"]?[0]?["t"]?.number == -10.9545)
    #expect(report["t_tests"]?[0]?["significant"]?.bool == true)
  }

  @Test func `a planted outlier is reported`() throws {
    let rows: [JSON] = (0..<60).map { ["x": .integer($0 == 41 ? 900 : 10 + Int64($0 % 5))] }
    let outliers = try Self.report(rows)["metrics"]?["x"]?["outliers"]
    #expect(outliers?["count"]?.integer == 1)
    #expect(outliers?["values"]?[0]?["row"]?.integer == 41)
  }

  @Test func `cells of every kind find their column`() throws {
    let rows: [JSON] = [["n": 1, "ok": true, "x": "a", "y": [1]], ["n": 2.5, "ok": nil, "x": 3, "y": nil]]
    let table = try #require(ColumnTable(rows: rows))
    #expect(table.columns.map(\.type) == [.real, .boolean, .text, .text])
    #expect(table.columns.map(\.missingCount) == [0, 1, 0, 1])
  }

  @Test(arguments: [[], [["name": "x"]], [["n": nil]], [["n": [1]]], [1]] as [[JSON]])
  func `rows without numbers have no statistics`(rows: [JSON]) {
    #expect(ColumnTable(rows: rows).map(\.rowCount) == nil)
  }

  /// Whatever numbers a query gives: the report says what it can, and null where there is no number.
  @Test(arguments: 0..<60)
  func `no numbers are too odd for the statistics`(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let odd: [JSON] = [
      .number(.greatestFiniteMagnitude), .number(-.greatestFiniteMagnitude), .number(.leastNonzeroMagnitude),
      .number(-0.0), 0, 1, .integer(.max), .integer(.min), .number(1e16), .null,
    ]
    let rows = (0..<Int.random(in: 1...40, using: &random)).map { _ -> JSON in
      [
        "a": odd.randomElement(using: &random) ?? 0, "b": odd.randomElement(using: &random) ?? 0,
        "c": .bool(Bool.random(using: &random)), "d": Bool.random(using: &random) ? "x" : "y",
      ]
    }
    guard let table = ColumnTable(rows: rows) else { return }
    let report = StatisticsReport.report(of: table)
    #expect(report["row_count"] == .integer(Int64(rows.count)))
    #expect(try JSON.parse(report.bytes)["metrics"] != nil)
  }
}
