import Statistics

extension NumericProfile {
  /// Computes the profile of a column.
  ///
  /// - Parameters:
  ///   - values: those of all rows that have one, in the rows' order.
  ///   - quantiles: the same, sorted.
  /// - Returns: nil without values.
  init?(name: String, values: [Double], quantiles: Quantiles) {
    guard let smallest = quantiles.smallest, let largest = quantiles.largest, let median = quantiles.median,
      let outliers = OutlierSummary(name: name, quantiles)
    else { return nil }
    let moments = Moments(values)
    func at(_ share: Double) -> Double { quantiles.at(share) ?? median }
    self.init(
      mean: moments.mean, sum: moments.sum, deviation: moments.sampleDeviation, smallest: smallest,
      largest: largest, p1: at(0.01), p25: at(0.25), median: median, p75: at(0.75), p90: at(0.9),
      p99: at(0.99),
      skewness: moments.skewness, excessKurtosis: moments.excessKurtosis,
      zeros: values.count { $0 == 0 }, negatives: quantiles.count(below: 0), valueCount: values.count,
      outliers: outliers, zOutliers: Self.zOutliers(quantiles, moments), normality: Self.normality(values))
  }

  private static func zOutliers(_ quantiles: Quantiles, _ moments: Moments) -> Int {
    guard let deviation = moments.populationDeviation, deviation > 0 else { return 0 }
    return quantiles.count(below: moments.mean - 3 * deviation)
      + quantiles.count(above: moments.mean + 3 * deviation)
  }

  /// The test holds for 5000 values at most: of more, as many are taken at equal distances.
  private static func normality(_ values: [Double]) -> Double? {
    let limit = ShapiroWilk.range.upperBound
    let sample =
      values.count > limit ? (0..<limit).map { values[$0 * values.count / limit] } : values
    return ShapiroWilk(sorted: sample.sorted())?.pValue
  }
}

extension OutlierSummary {
  /// Looks beyond a column's fences; nil without values.
  init?(name: String, _ quantiles: Quantiles) {
    guard let fences = Fences(quantiles), let far = Fences(quantiles, reach: 3) else { return nil }
    let below = quantiles.count(below: fences.lower)
    let above = quantiles.count(above: fences.upper)
    let sorted = quantiles.sorted
    self.init(
      column: name, count: below + above, valueCount: sorted.count, extremeCount: far.outliers(in: quantiles),
      lowerFence: fences.lower, upperFence: fences.upper,
      smallest: below > 0 ? sorted.first : above > 0 ? sorted[sorted.count - above] : nil,
      largest: above > 0 ? sorted.last : below > 0 ? sorted[below - 1] : nil)
  }
}
