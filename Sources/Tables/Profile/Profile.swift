/// "Data DNA": what can be known of a table without asking anybody.
package struct Profile: Equatable, Sendable {
  package let rowCount: Int
  package let columns: [ColumnProfile]
  package let health: TableHealth
  /// The strongest first, 15 at most.
  package let correlations: [ColumnCorrelation]
  package let missing: MissingSummary
  /// The largest share first.
  package let outliers: [OutlierSummary]
  package let segments: [SegmentBreakdown]
  /// Rates of failures and successes by the columns that tell of them.
  package let outcomes: [OutcomeRates]
  /// Sentences about what stands out, 10 at most.
  package var patterns: [String]
  /// Questions that the table can answer, 6 at most.
  package var questions: [String]

  /// The first column of moments.
  package var datetime: (column: ColumnProfile, profile: DatetimeProfile)? {
    for column in columns { if case .datetime(let profile) = column.details { return (column, profile) } }
    return nil
  }
}

/// How good a table is to work with.
package struct TableHealth: Equatable, Sendable {
  /// 0 to 100.
  package let score: Double
  package let duplicateRows: Int
  package let duplicateShare: Double
  package let constantColumns: [String]
  package let emptyColumns: [String]
  /// With more than half of their values missing.
  package let gappyColumns: [String]
  package let missingCells: Int
  package let missingShare: Double
  /// Of the columns that lack values, in their order.
  package let missingByColumn: [MissingCount]

  /// How many values a column lacks.
  package struct MissingCount: Equatable, Sendable {
    package let column: String
    package let count: Int
  }

  /// A to F, as at school.
  package var grade: String {
    switch score {
    case 90...: "A"
    case 75...: "B"
    case 60...: "C"
    case 40...: "D"
    default: "F"
    }
  }
}

/// Two numeric columns that go together.
package struct ColumnCorrelation: Equatable, Sendable {
  package let left: String
  package let right: String
  package let pearson: Double
  package let spearman: Double

  /// In a word, by the size of Pearson's coefficient.
  package var strength: String {
    switch abs(pearson) {
    case 0.7...: "strong"
    case 0.4...: "moderate"
    default: "weak"
    }
  }

  /// Whether the ranks go together clearly better than the values.
  package var isNonlinear: Bool { abs(spearman) - abs(pearson) > 0.15 }
}

/// What is missing, and what is missing together.
package struct MissingSummary: Equatable, Sendable {
  /// Two columns that lack values in the same rows.
  package struct Pair: Equatable, Sendable {
    package let left: String
    package let right: String
    package let count: Int
  }

  package let columns: [String]
  package let rowCount: Int
  package let affectedRows: Int
  package let emptyRows: Int
  /// The most frequent first, 5 at most.
  package let pairs: [Pair]
}

/// A number by categories.
package struct SegmentBreakdown: Equatable, Sendable {
  /// The numbers of one category.
  package struct Segment: Equatable, Sendable {
    package let value: String
    package let count: Int
    package let mean: Double
    package let median: Double
    package let deviation: Double?
    package let total: Double
  }

  package let dimension: String
  package let metric: String
  /// The highest mean first.
  package let segments: [Segment]
}

/// How often what a column tells of failed and succeeded, in percent of its values.
package struct OutcomeRates: Equatable, Sendable {
  package let column: String
  package let failure: Double
  package let success: Double
}
