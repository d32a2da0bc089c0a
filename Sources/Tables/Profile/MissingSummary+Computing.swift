extension MissingSummary {
  /// Looks at 64 rows at a time: a thousand columns make half a million pairs, and row by row each gap would meet each other.
  init(_ table: ColumnTable) {
    let gappy = table.columns.filter { $0.missingCount > 0 }
    let gaps = gappy.map { Gaps($0) }
    var (some, all) = (Gaps(count: table.rowCount), gaps.first ?? Gaps(count: 0))
    for column in gaps {
      some.formUnion(column)
      all.formIntersection(column)
    }
    self.init(
      columns: gappy.map(\.name), rowCount: table.rowCount, affectedRows: some.count,
      emptyRows: gappy.count == table.columns.count ? all.count : 0,
      pairs: Self.pairs(gaps).map {
        Pair(left: gappy[$0.left].name, right: gappy[$0.right].name, count: $0.count)
      })
  }

  /// The five pairs of columns that most often lack a value together.
  private static func pairs(_ gaps: [Gaps]) -> [(left: Int, right: Int, count: Int)] {
    var found: [(left: Int, right: Int, count: Int)] = []
    for left in gaps.indices {
      for right in (left + 1)..<max(gaps.count, left + 1) {
        let count = gaps[left].count(with: gaps[right])
        guard count > 0, found.count < 5 || count > (found.last?.count ?? 0) else { continue }
        // Behind those with as many: they come first in the table.
        let place = found.firstIndex { $0.count < count } ?? found.count
        found.insert((left, right, count), at: place)
        if found.count > 5 { found.removeLast() }
      }
    }
    return found
  }
}

/// The rows in which a column lacks a value, a bit each.
private struct Gaps {
  private var words: [UInt64]

  init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

  init(_ column: ColumnVector) {
    self.init(count: column.count)
    for row in 0..<column.count where column.isMissing(row) { words[row / 64] |= 1 << UInt64(row % 64) }
  }

  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// In how many rows both lack a value.
  func count(with other: Gaps) -> Int {
    var sum = 0
    for index in words.indices { sum += (words[index] & other.words[index]).nonzeroBitCount }
    return sum
  }

  mutating func formUnion(_ other: Gaps) { for index in words.indices { words[index] |= other.words[index] } }

  mutating func formIntersection(_ other: Gaps) {
    for index in words.indices { words[index] &= other.words[index] }
  }
}
