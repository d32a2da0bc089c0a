import CMath

/// How evenly things are spread over kinds.
package enum Entropy {
  /// Shannon's entropy with the natural logarithm: 0 when all are of one kind, ln k when k kinds are equally many.
  package static func natural(_ counts: [Int]) -> Double {
    let total = Double(counts.reduce(0, +))
    guard total > 0 else { return 0 }
    return counts.reduce(0) { sum, count in
      guard count > 0 else { return sum }
      let share = Double(count) / total
      return sum - share * cmath_log(share)
    }
  }
}
