/// What the fields of one column have been so far: all of them count, not only the first.
package struct ColumnTally: Sendable {
  /// How many fields held a value.
  package private(set) var count = 0
  private var integers = 0
  private var reals = 0
  private var grouped = 0
  private var decimalCommas = 0
  private var undecided = 0
  private var booleans = 0
  private var monthFirst = 0
  private var dayFirst = 0
  private var slashes = 0
  private var hasTime = false
  private var hasFraction = false

  package init() {}

  /// Takes one field.
  package mutating func note(_ field: Span<UInt8>) {
    guard !MissingText.matches(field) else { return }
    count += 1
    if let kind = NumberText.kind(of: field) {
      switch kind {
      case .integer: integers += 1
      case .real: reals += 1
      case .grouped: grouped += 1
      case .decimalComma: decimalCommas += 1
      case .groupedOrDecimalComma: undecided += 1
      }
      // `4.3.2024` is no number, and no number is a date.
      return
    }
    if BooleanText.value(of: field) != nil {
      booleans += 1
    } else if let date = DateText(field) {
      note(date)
    }
  }

  private mutating func note(_ date: DateText) {
    if date.monthFirst != nil { monthFirst += 1 }
    if date.dayFirst != nil { dayFirst += 1 }
    if date.hasSlashes { slashes += 1 }
    hasTime = hasTime || date.hasTime
    hasFraction = hasFraction || date.hasFraction
  }

  /// What the column is, and how its values are written.
  ///
  /// - Parameter delimiter: in a file with commas between fields, a comma inside one groups digits; elsewhere `1,234` alone could be either, and
  ///   stays text.
  package func format(delimiter: UInt8) -> ColumnFormat {
    guard count > 0 else { return ColumnFormat(type: .text) }
    if booleans == count { return ColumnFormat(type: .boolean) }
    if integers == count { return ColumnFormat(type: .integer) }
    if integers + reals == count { return ColumnFormat(type: .real) }
    let isGroupingSure = grouped > 0 || delimiter == UInt8(ascii: ",")
    if integers + reals + grouped + undecided == count, isGroupingSure, decimalCommas == 0 {
      return ColumnFormat(type: .real, style: .grouped)
    }
    if integers + decimalCommas + undecided == count, decimalCommas > 0 {
      return ColumnFormat(type: .real, style: .decimalComma)
    }
    // A date column with some dirt is still one; what is no date stays as it is written.
    let dates = max(monthFirst, dayFirst)
    guard dates * 10 > count * 7 else { return ColumnFormat(type: .text) }
    let isMonthFirst = monthFirst == dayFirst ? slashes > 0 : monthFirst > dayFirst
    return ColumnFormat(
      type: .datetime, order: isMonthFirst ? .monthFirst : .dayFirst, hasTime: hasTime,
      hasFraction: hasFraction)
  }
}

/// `true` and `false` in any case. `yes` and `no` stay texts: they say more than 1 and 0.
enum BooleanText {
  static func value(of field: Span<UInt8>) -> Bool? {
    switch field.count {
    case 4 where matches(field, "true"): true
    case 5 where matches(field, "false"): false
    default: nil
    }
  }

  private static func matches(_ field: Span<UInt8>, _ word: StaticString) -> Bool {
    word.withUTF8Buffer { letters in
      for index in 0..<letters.count where unsafe field[index] | 0x20 != letters[index] { return false }
      return true
    }
  }
}
