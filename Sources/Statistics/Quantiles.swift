/// Quantiles of numbers that are sorted once.
package struct Quantiles: Sendable {
  /// The numbers, smallest first.
  package let sorted: [Double]

  /// Takes finite numbers in any order.
  package init(_ values: [Double]) { sorted = values.sorted() }

  /// Takes numbers that are in order already.
  package init(sorted: [Double]) { self.sorted = sorted }

  /// The ends; nil without numbers.
  package var smallest: Double? { sorted.first }
  package var largest: Double? { sorted.last }
  /// The middle one, or the mean of the two in the middle.
  package var median: Double? { at(0.5) }

  /// The value below which a share of the numbers lies, linear between neighbours; nil without numbers.
  ///
  /// - Parameter share: 0 to 1; what is outside counts as the nearer end.
  package func at(_ share: Double) -> Double? {
    guard let last = sorted.indices.last else { return nil }
    let position = min(max(share, 0), 1) * Double(last)
    let below = Int(position)
    let rest = position - Double(below)
    guard rest > 0, below < last else { return sorted[below] }
    return sorted[below] + (sorted[below + 1] - sorted[below]) * rest
  }

  /// How many different numbers there are.
  package var distinctCount: Int {
    guard !sorted.isEmpty else { return 0 }
    var count = 1
    for index in 1..<sorted.count where sorted[index] != sorted[index - 1] { count += 1 }
    return count
  }

  /// How many numbers are below a bound.
  package func count(below bound: Double) -> Int { partition { $0 < bound } }

  /// How many numbers are above a bound.
  package func count(above bound: Double) -> Int { sorted.count - partition { $0 <= bound } }

  /// The number of leading elements for which a condition holds that holds for no later one.
  private func partition(_ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if holds(sorted[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
