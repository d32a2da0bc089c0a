/// What is known of one column.
package struct ColumnProfile: Equatable, Sendable {
  /// What the profile takes a column for; integers of few values count as categories.
  package enum Kind: String, Sendable {
    case datetime, boolean, numeric, categorical
    case categoricalNumeric = "categorical_numeric"
  }

  /// What only columns of its kind have.
  package enum Details: Equatable, Sendable {
    case numeric(NumericProfile)
    case categorical(CategoricalProfile)
    case datetime(DatetimeProfile)
    /// No row has a value.
    case none
  }

  package let name: String
  package let kind: Kind
  package let type: ColumnType
  package let rowCount: Int
  package let missingCount: Int
  package let distinctCount: Int
  package let role: ColumnRole
  package let details: Details

  /// Rows with a value.
  package var valueCount: Int { rowCount - missingCount }
  /// Whether all values are the same.
  package var isConstant: Bool { distinctCount == 1 }
  /// Whether every row has a value of its own.
  package var isIdentifying: Bool { distinctCount == rowCount && rowCount > 10 }
  /// Missing values in percent of the rows.
  package var missingShare: Double { Percent.of(missingCount, rowCount) }
}

/// Shares in percent.
enum Percent {
  static func of(_ part: Int, _ whole: Int) -> Double { whole > 0 ? 100 * Double(part) / Double(whole) : 0 }
}

/// Numbers in a column.
package struct NumericProfile: Equatable, Sendable {
  package let mean: Double
  package let sum: Double
  /// Of a sample; nil for a single value.
  package let deviation: Double?
  package let smallest: Double
  package let largest: Double
  /// The 1st, 25th, 50th, 75th, 90th and 99th percentile.
  package let p1, p25, median, p75, p90, p99: Double
  package let skewness: Double?
  package let excessKurtosis: Double?
  package let zeros: Int
  package let negatives: Int
  package let valueCount: Int
  /// Beyond 1.5 interquartile ranges from the quartiles.
  package let outliers: OutlierSummary
  /// More than 3 standard deviations (of the population) from the mean.
  package let zOutliers: Int
  /// Of the test of Shapiro and Wilk; nil below three values, and when all are equal.
  package let normality: Double?

  /// The interquartile range.
  package var iqr: Double { p75 - p25 }
}

/// What lies beyond a numeric column's fences.
package struct OutlierSummary: Equatable, Sendable {
  package let column: String
  package let count: Int
  package let valueCount: Int
  /// Beyond 3 interquartile ranges.
  package let extremeCount: Int
  package let lowerFence: Double
  package let upperFence: Double
  /// The smallest and the largest outlier; nil without any.
  package let smallest: Double?
  package let largest: Double?

  /// Outliers in percent of the values.
  package var share: Double { Percent.of(count, valueCount) }
}

/// Categories in a column.
package struct CategoricalProfile: Equatable, Sendable {
  /// A category and how often it comes.
  package struct Entry: Equatable, Sendable {
    package let value: String
    package let count: Int
  }

  /// The five most frequent, the most frequent first; of equals the one that comes first in the alphabet.
  package let top: [Entry]
  /// How many categories come once.
  package let rareCount: Int
  package let distinctCount: Int
  package let valueCount: Int
  /// Shannon's, with the natural logarithm.
  package let entropy: Double
  /// For integers that are categories.
  package let mean: Double?
  package let median: Double?

  /// The share of the most frequent one in percent.
  package var topShare: Double { Percent.of(top.first?.count ?? 0, valueCount) }
}

/// Moments in a column.
package struct DatetimeProfile: Equatable, Sendable {
  /// Milliseconds since 1970.
  package let first: Int64
  package let last: Int64
  package let hasTime: Bool
  /// How many moments fall in each hour of the day, each day of the week from Monday, each month from January.
  package let hours: [Int]
  package let weekdays: [Int]
  package let months: [Int]
  /// Moments between 8:00 and 18:00.
  package let businessCount: Int
  package let valueCount: Int
  /// Between neighbours in time, in days; nil for a single moment.
  package let medianGap: Double?
  package let largestGap: Double?

  /// From the first to the last, in days.
  package var span: Double { Double(last - first) / 86_400_000 }
  package var peakHour: Int { Self.peak(hours) }
  package var peakWeekday: String { Self.weekdayNames[Self.peak(weekdays)] }
  /// 1 is January.
  package var peakMonth: Int { Self.peak(months) + 1 }

  /// In English, from Monday.
  package static let weekdayNames = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]

  private static func peak(_ counts: [Int]) -> Int {
    counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0
  }
}
