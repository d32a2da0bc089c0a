/// The straight line that fits some points best (least squares).
package struct LinearTrend: Equatable, Sendable {
  package let slope: Double
  package let intercept: Double
  /// Pearson's coefficient of the points.
  package let correlation: Double
  /// How likely a slope at least this steep is, if there were no trend; nil below three points.
  package let pValue: Double?
  /// The standard error of the slope; nil below three points.
  package let slopeError: Double?

  /// Fits a line; nil below two points, and when all stand above one another.
  ///
  /// - Precondition: both sides have as many numbers, all finite.
  package init?(_ x: [Double], _ y: [Double]) {
    precondition(x.count == y.count, "A trend is of points.")
    guard x.count > 1 else { return nil }
    let n = Double(x.count)
    let (meanX, meanY) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
    var (squaresX, squaresY, both) = (0.0, 0.0, 0.0)
    for index in x.indices {
      let (dx, dy) = (x[index] - meanX, y[index] - meanY)
      squaresX += dx * dx
      squaresY += dy * dy
      both += dx * dy
    }
    guard squaresX > 0 else { return nil }
    slope = both / squaresX
    intercept = meanY - slope * meanX
    let r = squaresY > 0 ? Correlation.coefficient(both, squaresX, squaresY) : 0
    correlation = r
    guard x.count > 2 else {
      (pValue, slopeError) = (nil, nil)
      return
    }
    let freedom = n - 2
    slopeError = ((1 - r * r) * squaresY / squaresX / freedom).squareRoot()
    let rest = (1 - r) * (1 + r)
    pValue = rest > 0 ? StudentDistribution.twoTailed(r * (freedom / rest).squareRoot(), freedom: freedom) : 0
  }

  /// The trend of numbers that follow one another in equal steps, counted from 0.
  package init?(_ values: [Double]) { self.init(values.indices.map { Double($0) }, values) }

  /// The line's height at a place.
  package func value(at x: Double) -> Double { intercept + slope * x }
}
