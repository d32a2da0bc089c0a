/// The first four moments of some numbers, gathered in two passes so that large means cost no digits.
package struct Moments: Equatable, Sendable {
  package let count: Int
  package let sum: Double
  package let mean: Double
  /// Sums of the second, third and fourth powers of the distances from the mean.
  private let second: Double
  private let third: Double
  private let fourth: Double

  /// Takes numbers that are all finite.
  package init(_ values: [Double]) {
    count = values.count
    var sum = 0.0
    for value in values { sum += value }
    let mean = values.isEmpty ? .nan : sum / Double(values.count)
    var (second, third, fourth) = (0.0, 0.0, 0.0)
    for value in values {
      let distance = value - mean
      let square = distance * distance
      second += square
      third += square * distance
      fourth += square * square
    }
    self.sum = sum
    self.mean = mean
    (self.second, self.third, self.fourth) = (second, third, fourth)
  }

  /// The variance of a sample (divided by n - 1); nil below two numbers.
  package var sampleVariance: Double? { count > 1 ? second / Double(count - 1) : nil }

  /// The standard deviation of a sample; nil below two numbers.
  package var sampleDeviation: Double? { sampleVariance?.squareRoot() }

  /// The standard deviation of a whole population (divided by n); nil without numbers.
  package var populationDeviation: Double? { count > 0 ? (second / Double(count)).squareRoot() : nil }

  /// The skewness, corrected for the bias of samples (Fisher and Pearson's G1); nil below three numbers, 0 when all are equal.
  package var skewness: Double? {
    guard count > 2 else { return nil }
    guard isSpread else { return 0 }
    let n = Double(count)
    let g1 = (third / n) / ((second / n) * (second / n).squareRoot())
    return g1 * (n * (n - 1)).squareRoot() / (n - 2)
  }

  /// The kurtosis above that of a normal distribution, corrected for the bias of samples (G2); nil below four numbers, 0 when all are
  /// equal.
  package var excessKurtosis: Double? {
    guard count > 3 else { return nil }
    guard isSpread else { return 0 }
    let n = Double(count)
    let g2 = (fourth / n) / ((second / n) * (second / n)) - 3
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6)
  }

  /// Whether the numbers differ by more than rounding of their mean.
  private var isSpread: Bool {
    second > Double(count) * mean * mean * 1e-30 && second > .leastNormalMagnitude
  }
}
