package import Basics
import Statistics

/// What statistics can say of a table without a program: used where no Python is at hand.
package enum StatisticsReport {
  /// How many of a column's outliers are listed.
  private static let listed = 20

  /// Means, medians, deviations, quantiles, z-scores beyond 2, trends, correlations, and t-tests between the two halves of a column that has
  /// two values.
  ///
  /// - Parameter columns: only these; all when empty.
  package static func report(of table: ColumnTable, columns names: [String] = []) -> JSON {
    let chosen = table.columns.filter { names.isEmpty || names.contains($0.name) }
    let numeric = chosen.filter { $0.type == .integer || $0.type == .real }
    var metrics = JSONObject()
    for column in numeric { metrics[column.name] = metric(column) }
    let profile = Profiler.profile(of: ColumnTable(rowCount: table.rowCount, columns: numeric))
    return .object([
      "engine": "native", "row_count": .integer(Int64(table.rowCount)), "metrics": .object(metrics),
      "correlations": profile.json["correlations"] ?? [], "t_tests": .array(tests(chosen, numeric)),
    ])
  }

  private static func metric(_ column: ColumnVector) -> JSON {
    let rows = column.numbers
    let present = rows.indices.filter { !rows[$0].isNaN }
    let values = present.map { rows[$0] }
    let (moments, quantiles) = (Moments(values), Quantiles(values))
    guard !values.isEmpty else { return ["count": 0] }
    var object: JSONObject = [
      "count": .integer(Int64(values.count)), "mean": .rounded(moments.mean), "sum": .rounded(moments.sum),
      "std": .rounded(moments.sampleDeviation), "min": .rounded(quantiles.smallest),
      "max": .rounded(quantiles.largest), "median": .rounded(quantiles.median),
    ]
    for percent in [5, 25, 75, 90, 95] {
      object["p\(percent)"] = .rounded(quantiles.at(Double(percent) / 100))
    }
    object["outliers"] = outliers(values, present, moments)
    if let trend = LinearTrend(values) {
      object["trend"] = .object([
        "slope_per_row": .rounded(trend.slope), "r": .rounded(trend.correlation),
        "p_value": .rounded(trend.pValue),
      ])
    }
    return .object(object)
  }

  /// The farthest values first, with their rows from 0.
  private static func outliers(_ values: [Double], _ rows: [Int], _ moments: Moments) -> JSON {
    guard let deviation = moments.populationDeviation, deviation > 0 else {
      return ["count": 0, "values": []]
    }
    let places = ZScore.outliers(in: values)
    let farthest = places.sorted { abs(values[$0] - moments.mean) > abs(values[$1] - moments.mean) }
    return .object([
      "count": .integer(Int64(places.count)),
      "values": .array(
        farthest.prefix(listed).map {
          .object([
            "row": .integer(Int64(rows[$0])), "value": .rounded(values[$0]),
            "z": .rounded((values[$0] - moments.mean) / deviation),
          ])
        }),
    ])
  }

  /// Welch's test for each number, between the two values of each column that has two.
  private static func tests(_ columns: [ColumnVector], _ metrics: [ColumnVector]) -> [JSON] {
    let dimensions = columns.filter { ($0.type == .text || $0.type == .boolean) && $0.distinctCount == 2 }
      .prefix(3)
    return dimensions.flatMap { dimension in metrics.prefix(3).compactMap { test($0, by: dimension) } }
  }

  private static func test(_ metric: ColumnVector, by dimension: ColumnVector) -> JSON? {
    let groups = groups(of: metric, by: dimension)
    guard let test = TTest(groups[0], groups[1]) else { return nil }
    let names = CategoryTally(dimension)
    return .object([
      "dimension": .string(dimension.name), "metric": .string(metric.name),
      "groups": .array([.string(names.name(0)), .string(names.name(1))]), "t": .rounded(test.statistic),
      "p_value": .rounded(test.pValue), "significant": .bool(test.pValue < 0.05),
    ])
  }

  private static func groups(of metric: ColumnVector, by dimension: ColumnVector) -> [[Double]] {
    var groups: [[Double]] = [[], []]
    for (row, value) in metric.numbers.enumerated() where !value.isNaN {
      let group = dimension.type == .boolean ? dimension.integers[row] : Int64(dimension.codes[row])
      if 0...1 ~= group { groups[Int(group)].append(value) }
    }
    return groups
  }
}
