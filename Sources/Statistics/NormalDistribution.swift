import CMath

/// The standard normal distribution.
package enum NormalDistribution {
  /// The share below a value.
  package static func cumulative(_ x: Double) -> Double { 0.5 * cmath_erfc(-x / (2.0).squareRoot()) }

  /// The share above a value; exact far out, where 1 - cumulative would be 0.
  package static func upperTail(_ x: Double) -> Double { 0.5 * cmath_erfc(x / (2.0).squareRoot()) }

  /// The value below which a share lies; infinite at 0 and 1.
  ///
  /// Acklam's rational approximation (relative error 1e-9), then one step of Halley's method to full precision.
  package static func quantile(_ share: Double) -> Double {
    guard share > 0 else { return -.infinity }
    guard share < 1 else { return .infinity }
    let estimate = self.estimate(share)
    let error = cumulative(estimate) - share
    let step = error * (2 * Double.pi).squareRoot() * cmath_exp(estimate * estimate / 2)
    return estimate - step / (1 + estimate * step / 2)
  }

  private static func estimate(_ share: Double) -> Double {
    let edge = 0.02425
    if share < edge { return tail((-2 * cmath_log(share)).squareRoot()) }
    if share > 1 - edge { return -tail((-2 * cmath_log(1 - share)).squareRoot()) }
    let q = share - 0.5
    let r = q * q
    let numerator = Polynomial.value(
      [
        2.506628277459239, -30.66479806614716, 138.3577518672690, -275.9285104469687, 220.9460984245205,
        -39.69683028665376,
      ], at: r)
    let denominator = Polynomial.value(
      [
        1, -13.28068155288572, 66.80131188771972, -155.6989798598866, 161.5858368580409, -54.47609879822406,
      ], at: r)
    return q * numerator / denominator
  }

  private static func tail(_ q: Double) -> Double {
    let numerator = Polynomial.value(
      [
        2.938163982698783, 4.374664141464968, -2.549732539343734, -2.400758277161838, -0.3223964580411365,
        -0.007784894002430293,
      ], at: q)
    let denominator = Polynomial.value(
      [1, 3.754408661907416, 2.445134137142996, 0.3224671290700398, 0.007784695709041462], at: q)
    return numerator / denominator
  }
}

/// Polynomials by their coefficients, the constant first.
enum Polynomial {
  static func value(_ coefficients: [Double], at x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
  }
}
