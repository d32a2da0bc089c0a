/// Finds the known name that a mistyped one most likely meant, or nil when none is near.
package func nearestName(to typed: String, among known: [String]) -> String? {
  // A name cut short is near, however many letters it lacks.
  if typed.count > 2, let whole = known.first(where: { $0.lowercased().hasPrefix(typed.lowercased()) }) {
    return whole
  }
  let limit = max(2, typed.count / 3)
  let best = known.map { (name: $0, distance: editDistance(typed, $0)) }.min { $0.distance < $1.distance }
  guard let best, best.distance <= limit else { return nil }
  return best.name
}

/// How many letters must be changed, added, dropped or swapped with their neighbour (Damerau and Levenshtein's
/// distance, without regard to case).
private func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left.lowercased()), Array(right.lowercased()))
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [i]
    for j in 1...b.count {
      let change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      var least = min(last[j] + 1, row[j - 1] + 1, change)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        least = min(least, beforeLast[j - 2] + 1)
      }
      row.append(least)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
