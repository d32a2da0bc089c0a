package import Basics
import Statistics

/// The statistics of a query's rows without Python: of each column of numbers, of their pairs, and of two groups.
package struct RowStatistics: Sendable {
  /// A column of numbers, without its empty cells.
  private struct Column {
    let name: String
    /// One a row; nil where there is none.
    let cells: [Double?]
    var values: [Double] { cells.compactMap { $0 } }
  }

  private let rows: [JSON]
  private let columns: [Column]
  private let texts: [String]

  /// Columns whose pairs are compared; more would be more pairs than anybody reads.
  private static let comparedColumns = 8
  /// Outliers that are listed.
  private static let listedOutliers = 20

  /// Looks for columns of numbers; nil when there are none.
  package init?(rows: [JSON]) {
    self.rows = rows
    let names = rows.first?.object?.names ?? []
    columns = names.compactMap { name in
      let cells = rows.map { $0[name]?.number }
      let isNumeric = zip(rows, cells).allSatisfy { row, cell in cell != nil || row[name]?.isNull ?? true }
      return isNumeric && cells.contains { $0 != nil } ? Column(name: name, cells: cells) : nil
    }
    texts = names.filter { name in rows.allSatisfy { $0[name]?.string != nil } }
    if columns.isEmpty { return nil }
  }

  /// Everything found.
  package var json: JSON {
    var object: JSONObject = ["row_count": .integer(Int64(rows.count))]
    object["columns"] = .object(columns.reduce(into: [:]) { $0[$1.name] = Self.summary($1) })
    object["correlations"] = .array(correlations)
    object["t_tests"] = .array(tests)
    return .object(object)
  }

  private static func summary(_ column: Column) -> JSON {
    let values = column.values
    let (moments, quantiles) = (Moments(values), Quantiles(values))
    let outliers = ZScore.outliers(in: values, isSample: true).map { JSON.number(values[$0]) }
    var object: JSONObject = [
      "count": .integer(Int64(values.count)), "missing": .integer(Int64(column.cells.count - values.count)),
      "sum": .number(moments.sum), "mean": .number(moments.mean), "std": number(moments.sampleDeviation),
      "min": number(quantiles.smallest), "p25": number(quantiles.at(0.25)),
      "median": number(quantiles.median),
      "p75": number(quantiles.at(0.75)), "max": number(quantiles.largest),
      "outliers": .array(Array(outliers.prefix(listedOutliers))),
      "outlier_count": .integer(Int64(outliers.count)),
    ]
    if let trend = LinearTrend(values) {
      object["trend"] = ["slope": .number(trend.slope), "p_value": number(trend.pValue)]
    }
    return .object(object)
  }

  private var correlations: [JSON] {
    let compared = columns.prefix(Self.comparedColumns)
    return compared.indices.flatMap { first in
      compared[(first + 1)...].compactMap { other -> JSON? in
        let pairs = zip(compared[first].cells, other.cells).compactMap { left, right in
          left.flatMap { left in right.map { (left, $0) } }
        }
        guard let r = Correlation.pearson(pairs.map(\.0), pairs.map(\.1)) else { return nil }
        return [
          "col_a": .string(compared[first].name), "col_b": .string(other.name), "pearson_r": .number(r),
        ]
      }
    }
  }

  /// Whether the numbers differ between the two groups that a column of texts makes (Welch's test).
  private var tests: [JSON] {
    texts.flatMap { name -> [JSON] in
      let labels = rows.compactMap { $0[name]?.string }
      let groups = Set(labels).sorted()
      guard groups.count == 2 else { return [] }
      return columns.compactMap { column in
        let sides = groups.map { group in
          zip(labels, column.cells).compactMap { $0 == group ? $1 : nil }
        }
        guard let test = TTest(sides[0], sides[1]) else { return nil }
        return [
          "column": .string(column.name), "by": .string(name), "groups": .array(groups.map { .string($0) }),
          "statistic": .number(test.statistic), "p_value": .number(test.pValue),
        ]
      }
    }
  }

  private static func number(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
}
