import Statistics

/// Computes the profile of a table.
///
/// All rows count. Only two things look at a part of very large tables, always the same one: the test of normality (5000 values at most, by its
/// nature), and correlations beyond some 400 million pairs of numbers.
package struct Profiler {
  let table: ColumnTable
  /// The numeric columns' values, sorted once for all who need them.
  private(set) var numerics: [NumericColumn] = []
  private(set) var columns: [ColumnProfile] = []

  /// A numeric column with what is computed of it.
  struct NumericColumn {
    let name: String
    /// By row; NaN for a missing one.
    let rows: [Double]
    let hasGaps: Bool
    let profile: NumericProfile
  }

  private init(_ table: ColumnTable) { self.table = table }

  /// Computes everything.
  package static func profile(of table: ColumnTable) -> Profile {
    var profiler = Profiler(table)
    for column in table.columns { profiler.add(column) }
    return profiler.profile()
  }

  private mutating func add(_ column: ColumnVector) {
    var quantiles: Quantiles?
    var rows: [Double] = []
    var values: [Double] = []
    if column.type == .integer || column.type == .real {
      rows = column.numbers
      values = column.missingCount > 0 ? rows.filter { !$0.isNaN } : rows
      quantiles = Quantiles(values)
    }
    let distinct = column.type == .real ? quantiles?.distinctCount ?? 0 : column.distinctCount
    let kind = Self.kind(of: column, distinct)
    let details = details(of: column, kind, quantiles, values)
    if case .numeric(let profile) = details {
      numerics.append(
        NumericColumn(name: column.name, rows: rows, hasGaps: column.missingCount > 0, profile: profile))
    }
    columns.append(
      ColumnProfile(
        name: column.name, kind: kind, type: column.type, rowCount: table.rowCount,
        missingCount: column.missingCount, distinctCount: distinct,
        role: ColumnRole(
          name: column.name, isNumeric: kind == .numeric || kind == .categoricalNumeric,
          distinctCount: distinct),
        details: details))
  }

  private static func kind(of column: ColumnVector, _ distinct: Int) -> ColumnProfile.Kind {
    switch column.type {
    case .datetime: .datetime
    case .boolean: .boolean
    case .integer: distinct <= 15 ? .categoricalNumeric : .numeric
    case .real: .numeric
    case .text: .categorical
    }
  }

  private func details(
    of column: ColumnVector, _ kind: ColumnProfile.Kind, _ quantiles: Quantiles?, _ values: [Double]
  ) -> ColumnProfile.Details {
    guard column.missingCount < column.count else { return .none }
    switch kind {
    case .numeric:
      return quantiles.flatMap { NumericProfile(name: column.name, values: values, quantiles: $0) }
        .map { .numeric($0) } ?? .none
    case .datetime: return DatetimeProfile(column.moments).map { .datetime($0) } ?? .none
    case .categorical, .boolean, .categoricalNumeric: return .categorical(CategoricalProfile(column))
    }
  }

  private func profile() -> Profile {
    let correlations = ColumnCorrelation.all(of: numerics, rowCount: table.rowCount)
    let outcomes = table.columns.compactMap { OutcomeRates($0) }
    let health = TableHealth(columns, duplicateRows: duplicateRows())
    let draft = Profile(
      rowCount: table.rowCount, columns: columns, health: health, correlations: correlations,
      missing: MissingSummary(table),
      outliers: numerics.map(\.profile.outliers).filter { $0.count > 0 }.sorted { $0.share > $1.share },
      segments: SegmentBreakdown.all(of: table, columns, numerics), outcomes: outcomes, patterns: [],
      questions: [])
    return draft.explained
  }

  /// Rows that are like an earlier one in every column.
  private func duplicateRows() -> Int {
    guard !table.columns.isEmpty else { return 0 }
    var hashes = [UInt64](repeating: 0, count: table.rowCount)
    for column in table.columns { column.join(into: &hashes) }
    // Two different rows of a million share a hash of 64 bits once in 40 million tables.
    hashes.sort()
    return zip(hashes, hashes.dropFirst()).count { $0 == $1 }
  }
}
