import Basics
import PythonTools
import TestKit
import Testing

struct RowStatisticsTests {
  /// Numbers that SciPy gives for the same rows.
  @Test func `rows of two groups get what a statistician would ask for`() throws {
    let amounts: [(String, Int64?)] = [
      ("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 11), ("b", 12), ("b", 13), ("b", 14), ("b", nil),
    ]
    let rows: [JSON] = amounts.enumerated().map { index, row in
      ["group": .string(row.0), "amount": row.1.map { .integer($0) } ?? .null, "day": .integer(Int64(index))]
    }
    let json = try #require(RowStatistics(rows: rows)).json
    let amount = try #require(json["columns"]?["amount"])
    #expect(json["row_count"]?.integer == 9)
    #expect(amount["count"]?.integer == 8)
    #expect(amount["missing"]?.integer == 1)
    #expect(amount["mean"]?.number == 7.5)
    #expect(amount["median"]?.number == 7.5)
    #expect(isNear(amount["std"], 5.477225575))
    #expect(amount["p25"]?.number == 2.75)
    #expect(isNear(json["correlations"]?[0]?["pearson_r"], 0.9583148474999098))
    #expect(isNear(json["t_tests"]?[0]?["statistic"], -10.954451150))
    #expect(isNear(json["t_tests"]?[0]?["p_value"], 3.436402807612147e-05))
    #expect(isNear(amount["trend"]?["slope"], 2.1428571429))
  }

  @Test func `a planted outlier is reported`() throws {
    let rows: [JSON] = (0..<60).map { ["x": .integer($0 == 41 ? 900 : 10 + Int64($0 % 5))] }
    let column = try #require(RowStatistics(rows: rows)).json["columns"]?["x"]
    #expect(column?["outliers"] == [900.0])
    #expect(column?["outlier_count"]?.integer == 1)
  }

  @Test(arguments: [[], [["name": "x"]], [["n": nil]], [["n": [1]]], [1]] as [[JSON]])
  func `rows without numbers have no statistics`(rows: [JSON]) { #expect(RowStatistics(rows: rows) == nil) }

  private func isNear(_ value: JSON?, _ expected: Double) -> Bool {
    guard let value = value?.number else { return false }
    return abs(value - expected) <= abs(expected) * 1e-8
  }
}
