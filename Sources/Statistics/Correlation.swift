/// How strongly two rows of numbers go together, from -1 to 1.
package enum Correlation {
  /// Pearson's coefficient; nil when either side is constant or there are fewer than two pairs.
  ///
  /// - Precondition: both sides have as many numbers, all finite.
  package static func pearson(_ left: [Double], _ right: [Double]) -> Double? {
    precondition(left.count == right.count, "Correlations are of pairs.")
    guard left.count > 1 else { return nil }
    let n = Double(left.count)
    var (leftSum, rightSum) = (0.0, 0.0)
    for index in left.indices {
      leftSum += left[index]
      rightSum += right[index]
    }
    let (leftMean, rightMean) = (leftSum / n, rightSum / n)
    var (both, leftSquares, rightSquares) = (0.0, 0.0, 0.0)
    for index in left.indices {
      let (x, y) = (left[index] - leftMean, right[index] - rightMean)
      both += x * y
      leftSquares += x * x
      rightSquares += y * y
    }
    guard leftSquares > 0, rightSquares > 0 else { return nil }
    return coefficient(both, leftSquares, rightSquares)
  }

  /// The root of the product is exact where the sides are multiples of one another; where the product leaves the range, there are two roots.
  static func coefficient(_ both: Double, _ left: Double, _ right: Double) -> Double {
    let product = left * right
    let scale = product.isNormal ? product.squareRoot() : left.squareRoot() * right.squareRoot()
    return min(1, max(-1, both / scale))
  }

  /// Spearman's coefficient: Pearson's of the ranks.
  package static func spearman(_ left: [Double], _ right: [Double]) -> Double? {
    pearson(ranks(of: left), ranks(of: right))
  }

  /// The ranks from 1; equal numbers share the mean of their ranks.
  package static func ranks(of values: [Double]) -> [Double] {
    // Pairs sort in place without a look-up a comparison: half the time of sorting indices.
    var order = values.enumerated().map { (value: $0.element, index: Int32(truncatingIfNeeded: $0.offset)) }
    order.sort { $0.value < $1.value }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, order[end].value == order[start].value { end += 1 }
      let shared = Double(start + 1 + end) / 2
      for place in start..<end { ranks[Int(order[place].index)] = shared }
      start = end
    }
    return ranks
  }
}
