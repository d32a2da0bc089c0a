import CMath

/// Student's t distribution.
package enum StudentDistribution {
  /// How likely a value at least this far from 0, on either side, is.
  package static func twoTailed(_ t: Double, freedom: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
  }

  /// The regularised incomplete beta function, by its continued fraction, on the side where that converges fast.
  static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    let logarithm =
      cmath_lgamma(a + b) - cmath_lgamma(a) - cmath_lgamma(b) + a * cmath_log(x) + b * cmath_log(1 - x)
    let front = cmath_exp(logarithm)
    return x < (a + 1) / (a + b + 2)
      ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b
  }

  /// Lentz's evaluation of the continued fraction.
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var upper = 1.0
    var lower = 1 / kept(1 - (a + b) * x / (a + 1))
    var result = lower
    for step in 1...300 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      lower = 1 / kept(1 + even * lower)
      upper = kept(1 + even / upper)
      result *= lower * upper
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      lower = 1 / kept(1 + odd * lower)
      upper = kept(1 + odd / upper)
      let change = lower * upper
      result *= change
      if abs(change - 1) < 1e-15 { break }
    }
    return result
  }
}

/// Whether two samples have different means.
package struct TTest: Equatable, Sendable {
  package let statistic: Double
  /// Degrees of freedom.
  package let freedom: Double
  package let pValue: Double

  /// Compares two samples; nil when either has fewer than two numbers, or both are constant.
  ///
  /// - Parameter assumesEqualVariances: Student's test, or Welch's, which also holds where variances differ.
  package init?(_ left: [Double], _ right: [Double], assumesEqualVariances: Bool = false) {
    let (a, b) = (Moments(left), Moments(right))
    guard let varianceA = a.sampleVariance, let varianceB = b.sampleVariance else { return nil }
    let (n, m) = (Double(a.count), Double(b.count))
    let error: Double
    if assumesEqualVariances {
      freedom = n + m - 2
      error = (((n - 1) * varianceA + (m - 1) * varianceB) / freedom * (1 / n + 1 / m)).squareRoot()
    } else {
      let (shareA, shareB) = (varianceA / n, varianceB / m)
      error = (shareA + shareB).squareRoot()
      freedom =
        (shareA + shareB) * (shareA + shareB) / (shareA * shareA / (n - 1) + shareB * shareB / (m - 1))
    }
    guard error > 0 else { return nil }
    statistic = (a.mean - b.mean) / error
    pValue = StudentDistribution.twoTailed(statistic, freedom: freedom)
  }

  /// Compares a sample's mean with a number; nil below two numbers, and for a constant sample.
  package init?(_ values: [Double], mean: Double) {
    let moments = Moments(values)
    guard let deviation = moments.sampleDeviation, deviation > 0 else { return nil }
    freedom = Double(moments.count - 1)
    statistic = (moments.mean - mean) / (deviation / Double(moments.count).squareRoot())
    pValue = StudentDistribution.twoTailed(statistic, freedom: freedom)
  }
}
