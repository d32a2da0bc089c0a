/// Tukey's fences: what lies beyond them is an outlier.
package struct Fences: Equatable, Sendable {
  package let lower: Double
  package let upper: Double

  /// Puts fences around the middle half of some numbers; nil without numbers.
  ///
  /// - Parameter reach: how many interquartile ranges a fence stands from its quartile; 3 marks extreme outliers.
  package init?(_ quantiles: Quantiles, reach: Double = 1.5) {
    guard let first = quantiles.at(0.25), let third = quantiles.at(0.75) else { return nil }
    lower = first - reach * (third - first)
    upper = third + reach * (third - first)
  }

  /// How many numbers lie beyond.
  package func outliers(in quantiles: Quantiles) -> Int {
    quantiles.count(below: lower) + quantiles.count(above: upper)
  }
}

/// Distances from the mean in standard deviations.
package enum ZScore {
  /// The positions of the numbers that lie more than a bound away.
  ///
  /// - Parameter isSample: whether the standard deviation is a sample's (n - 1) or a population's.
  package static func outliers(
    in values: [Double], beyond bound: Double = 2, isSample: Bool = false
  ) -> [Int] {
    let moments = Moments(values)
    let deviation = isSample ? moments.sampleDeviation : moments.populationDeviation
    guard let deviation, deviation > 0 else { return [] }
    return values.indices.filter { abs(values[$0] - moments.mean) > bound * deviation }
  }
}
