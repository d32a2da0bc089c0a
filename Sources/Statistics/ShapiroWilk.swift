import CMath

/// The test of Shapiro and Wilk: could these numbers come from a normal distribution?
///
/// By Royston's approximation (algorithm AS R94, 1995), for 3 to 5000 numbers.
package struct ShapiroWilk: Equatable, Sendable {
  /// Near 1 for normal numbers.
  package let statistic: Double
  /// How likely numbers at least this far from normal are, if they were normal.
  package let pValue: Double

  /// How many numbers the approximation holds for.
  package static let range = 3...5000

  /// Takes numbers in order, smallest first; nil outside 3 to 5000 numbers, and when all are equal.
  package init?(sorted: [Double]) {
    guard Self.range.contains(sorted.count), let first = sorted.first, let last = sorted.last, first < last
    else { return nil }
    let weights = Self.weights(sorted.count)
    var slope = 0.0
    for (index, weight) in weights.enumerated() {
      slope += weight * (sorted[sorted.count - 1 - index] - sorted[index])
    }
    let moments = Moments(sorted)
    guard let variance = moments.sampleVariance, variance > 0 else { return nil }
    let squares = variance * Double(sorted.count - 1)
    statistic = min(1, slope * slope / squares)
    pValue = Self.pValue(statistic, count: sorted.count)
  }

  /// The weights of the differences between the largest and the smallest, the next largest and the next smallest, and so on.
  private static func weights(_ count: Int) -> [Double] {
    guard count > 3 else { return [(0.5).squareRoot()] }
    let n = Double(count)
    let scores = (1...(count / 2)).map { -NormalDistribution.quantile((Double($0) - 0.375) / (n + 0.25)) }
    let squares = 2 * scores.reduce(0) { $0 + $1 * $1 }
    let root = 1 / n.squareRoot()
    let first =
      Polynomial.value([0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056], at: root)
      + scores[0] / squares.squareRoot()
    guard count > 5 else {
      let scale = ((squares - 2 * scores[0] * scores[0]) / (1 - 2 * first * first)).squareRoot()
      return [first] + scores.dropFirst().map { $0 / scale }
    }
    let second =
      Polynomial.value([0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633], at: root)
      + scores[1] / squares.squareRoot()
    let outer = 2 * (scores[0] * scores[0] + scores[1] * scores[1])
    let scale = ((squares - outer) / (1 - 2 * first * first - 2 * second * second)).squareRoot()
    return [first, second] + scores.dropFirst(2).map { $0 / scale }
  }

  private static func pValue(_ statistic: Double, count: Int) -> Double {
    let n = Double(count)
    if count == 3 {
      let angle = cmath_asin(statistic.squareRoot()) - cmath_asin((0.75).squareRoot())
      return min(1, max(0, 6 / Double.pi * angle))
    }
    let distance = cmath_log(1 - statistic)
    guard count > 11 else {
      let bound = -2.273 + 0.459 * n
      guard distance < bound else { return 0 }
      let mean = Polynomial.value([0.544, -0.39978, 0.025054, -0.0006714], at: n)
      let deviation = cmath_exp(Polynomial.value([1.3822, -0.77857, 0.062767, -0.0020322], at: n))
      return NormalDistribution.upperTail((-cmath_log(bound - distance) - mean) / deviation)
    }
    let size = cmath_log(n)
    let mean = Polynomial.value([-1.5861, -0.31082, -0.083751, 0.0038915], at: size)
    let deviation = cmath_exp(Polynomial.value([-0.4803, -0.082676, 0.0030302], at: size))
    return NormalDistribution.upperTail((distance - mean) / deviation)
  }
}
