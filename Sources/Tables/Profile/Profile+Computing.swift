import Statistics

extension TableHealth {
  init(_ columns: [ColumnProfile], duplicateRows: Int) {
    let rowCount = columns.first?.rowCount ?? 0
    let missing = columns.reduce(0) { $0 + $1.missingCount }
    let missingShare = Percent.of(missing, rowCount * columns.count)
    let duplicateShare = Percent.of(duplicateRows, rowCount)
    let constant = columns.filter(\.isConstant)
    let empty = columns.filter { $0.valueCount == 0 && rowCount > 0 }
    let gappy = columns.filter { $0.missingShare > 50 }
    let loss =
      0.5 * missingShare + 0.3 * duplicateShare + 2 * Double(constant.count) + 3 * Double(empty.count)
      + Double(gappy.count)
    self.init(
      score: max(0, 100 - loss), duplicateRows: duplicateRows, duplicateShare: duplicateShare,
      constantColumns: constant.map(\.name), emptyColumns: empty.map(\.name), gappyColumns: gappy.map(\.name),
      missingCells: missing, missingShare: missingShare,
      missingByColumn: columns.filter { $0.missingCount > 0 }.map {
        MissingCount(column: $0.name, count: $0.missingCount)
      })
  }
}

extension ColumnCorrelation {
  /// Pairs of numbers that are looked at, for all pairs of columns together.
  private static let effort = 400_000_000

  /// All pairs of numeric columns that go together at least a little, the strongest 15.
  static func all(of columns: [Profiler.NumericColumn], rowCount: Int) -> [ColumnCorrelation] {
    let pairCount = columns.count * (columns.count - 1) / 2
    guard pairCount > 0 else { return [] }
    let stride = max(1, pairCount * rowCount / effort)
    let sampled = columns.map { column in
      stride == 1 ? column.rows : Swift.stride(from: 0, to: rowCount, by: stride).map { column.rows[$0] }
    }
    var found: [(left: Int, right: Int, pearson: Double)] = []
    for left in columns.indices {
      for right in (left + 1)..<columns.count {
        let pairs = Self.pairs(sampled, left, right, hasGaps: columns[left].hasGaps || columns[right].hasGaps)
        guard let pearson = Correlation.pearson(pairs.0, pairs.1), abs(pearson) >= 0.25 else { continue }
        found.append((left, right, pearson))
      }
    }
    found.sort { abs($0.pearson) > abs($1.pearson) }
    // Ranks cost a sort a column, so only what is shown gets them.
    var ranks: [Int: [Double]] = [:]
    return found.prefix(15).map { left, right, pearson in
      let hasGaps = columns[left].hasGaps || columns[right].hasGaps
      let sides: [[Double]] =
        hasGaps
        ? Self.ranks(Self.pairs(sampled, left, right, hasGaps: true))
        : [left, right].map { index in
          if ranks[index] == nil { ranks[index] = Correlation.ranks(of: sampled[index]) }
          return ranks[index] ?? []
        }
      return ColumnCorrelation(
        left: columns[left].name, right: columns[right].name, pearson: pearson,
        spearman: Correlation.pearson(sides[0], sides[1]) ?? 0)
    }
  }

  private static func ranks(_ pairs: ([Double], [Double])) -> [[Double]] {
    [Correlation.ranks(of: pairs.0), Correlation.ranks(of: pairs.1)]
  }

  /// The rows in which both columns have a value.
  private static func pairs(
    _ columns: [[Double]], _ left: Int, _ right: Int, hasGaps: Bool
  ) -> ([Double], [Double]) {
    guard hasGaps else { return (columns[left], columns[right]) }
    let rows = columns[left].indices.filter { !columns[left][$0].isNaN && !columns[right][$0].isNaN }
    return (rows.map { columns[left][$0] }, rows.map { columns[right][$0] })
  }
}

extension SegmentBreakdown {
  /// The first four columns of few categories by the first three of numbers, at most eight breakdowns.
  static func all(
    of table: ColumnTable, _ profiles: [ColumnProfile], _ numerics: [Profiler.NumericColumn]
  ) -> [SegmentBreakdown] {
    let dimensions = zip(table.columns, profiles).filter {
      ($1.kind == .categorical || $1.kind == .boolean) && 2...25 ~= $1.distinctCount
    }
    .prefix(4)
    let breakdowns = dimensions.flatMap { column, _ in
      numerics.prefix(3).map { SegmentBreakdown(column, $0) }
    }
    return Array(breakdowns.prefix(8))
  }

  private init(_ column: ColumnVector, _ metric: Profiler.NumericColumn) {
    let tally = CategoryTally(column)
    var groups = [[Double]](repeating: [], count: tally.counts.count)
    for row in metric.rows.indices where !metric.rows[row].isNaN {
      let group = column.type == .boolean ? column.integers[row] : Int64(column.codes[row])
      // A missing truth value is far below 0, too.
      if group >= 0 { groups[Int(group)].append(metric.rows[row]) }
    }
    let segments = groups.indices.filter { !groups[$0].isEmpty }.map { index in
      let moments = Moments(groups[index])
      return Segment(
        value: tally.name(index), count: moments.count, mean: moments.mean,
        median: Selection.median(of: groups[index]) ?? moments.mean, deviation: moments.sampleDeviation,
        total: moments.sum)
    }
    self.init(
      dimension: column.name, metric: metric.name,
      segments: segments.sorted { ($1.mean, $0.value) < ($0.mean, $1.value) })
  }
}

extension OutcomeRates {
  private static let names: Set<String> = ["status", "result", "outcome", "state"]
  private static let failures = ["fail", "error", "decline", "reject", "cancel"]
  private static let successes = ["success", "complete", "approved", "pass"]
  /// What only sounds like success.
  private static let negations = ["unsuccess", "incomplete", "unapproved", "disapproved"]

  /// Reads the outcomes of a column whose name promises some; nil when none of its values is one.
  init?(_ column: ColumnVector) {
    guard column.type == .text, ColumnRole.words(of: column.name).contains(where: Self.names.contains) else {
      return nil
    }
    let tally = CategoryTally(column)
    guard tally.counts.count <= 1000 else { return nil }
    var (failed, succeeded) = (0, 0)
    for (index, count) in tally.counts.enumerated() {
      let value = tally.name(index).lowercased()
      func holds(_ words: [String]) -> Bool { words.contains { value.contains($0) } }
      if holds(Self.failures) {
        failed += count
      } else if holds(Self.successes), !holds(Self.negations) {
        succeeded += count
      }
    }
    guard failed + succeeded > 0 else { return nil }
    let total = column.count - column.missingCount
    self.init(
      column: column.name, failure: Percent.of(failed, total), success: Percent.of(succeeded, total))
  }
}
