/// Single order statistics without sorting everything: a median of many groups costs a fifth of that.
package enum Selection {
  /// The middle number, or the mean of the two in the middle; nil without numbers.
  package static func median(of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    var values = values
    let middle = values.count / 2
    let upper = select(middle, in: &values)
    guard values.count % 2 == 0 else { return upper }
    // After the selection everything before the middle is at most as large as it.
    var lower = values[0]
    for index in 1..<max(middle, 1) where values[index] > lower { lower = values[index] }
    return lower + (upper - lower) / 2
  }

  /// Hoare's selection: brings the number of a rank to its place, smaller ones before it and larger ones behind.
  private static func select(_ rank: Int, in values: inout [Double]) -> Double {
    var (low, high) = (0, values.count - 1)
    while low < high {
      let pivot = middle(values[low], values[(low + high) / 2], values[high])
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left += 1 }
        while values[right] > pivot { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right { high = right } else if rank >= left { low = left } else { break }
    }
    return values[rank]
  }

  /// Of three numbers the middle one, so that numbers in order do not cost the square.
  private static func middle(_ a: Double, _ b: Double, _ c: Double) -> Double {
    max(min(a, b), min(max(a, b), c))
  }
}
