import Basics

/// Dates, with or without a time, as people and programs write them.
package struct DateText: Equatable, Sendable {
  /// In which order a file writes `03/04/2024`.
  package enum Order: Sendable { case monthFirst, dayFirst }

  /// Milliseconds since 1970 if the first number is the month; nil when that is no date.
  package let monthFirst: Int64?
  /// Milliseconds since 1970 if the first number is the day; nil when that is no date.
  package let dayFirst: Int64?
  /// Whether a time of day is written.
  package let hasTime: Bool
  /// Whether the time has fractions of a second.
  package let hasFraction: Bool
  /// Whether the parts stand between slashes, as Americans write them.
  package let hasSlashes: Bool

  /// The moment, read in an order.
  package func milliseconds(_ order: Order) -> Int64? { order == .monthFirst ? monthFirst : dayFirst }

  /// Reads `2024-03-04`, `2024/03/04 15:16:17.5`, `2024-03-04T15:16Z`, `3/4/2024 3:16 PM`, `4.3.2024`, `04-Mar-24`, `Mar 4, 2024`; nil for
  /// anything else.
  package init?(_ field: Span<UInt8>) {
    guard 6...40 ~= field.count else { return nil }
    var reader = Reader(field.count)
    guard let date = reader.date(field), let time = reader.time(field) else { return nil }
    hasTime = reader.hasTime
    hasFraction = reader.hasFraction
    hasSlashes = date.hasSlashes
    monthFirst = Self.day(date.year, date.first, date.second).map { $0 * 86_400_000 + time }
    dayFirst =
      date.isFixed ? monthFirst : Self.day(date.year, date.second, date.first).map { $0 * 86_400_000 + time }
    guard monthFirst != nil || dayFirst != nil else { return nil }
  }

  private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int64? {
    guard 1...12 ~= month, 1...31 ~= day, year > 0 else { return nil }
    let number = Timestamp.days(year: Int64(year), month: Int64(month), day: Int64(day))
    // The 30th of February would be some day in March.
    return Timestamp.civil(fromDays: number).day == Int64(day) ? number : nil
  }

  /// The form in which moments are kept: `2024-03-04`, `2024-03-04 15:16:17` or `2024-03-04 15:16:17.500`; SQL's date functions know it, and
  /// it sorts by time.
  package static func text(_ milliseconds: Int64, hasTime: Bool, hasFraction: Bool) -> [UInt8] {
    var text: [UInt8] = []
    Timestamp(milliseconds: milliseconds).appendISO8601(to: &text)
    guard hasTime else { return Array(text[..<10]) }
    text[10] = .space
    text.removeLast(hasFraction ? 1 : 5)
    return text
  }
}

/// Reads a date from left to right.
private struct Reader {
  struct Date {
    var year: Int
    var first: Int
    var second: Int
    /// Whether `first` is the month for sure.
    var isFixed: Bool
    var hasSlashes = false
  }

  private let count: Int
  private var index = 0
  private(set) var hasTime = false
  private(set) var hasFraction = false

  init(_ count: Int) { self.count = count }

  mutating func date(_ field: Span<UInt8>) -> Date? {
    if let month = month(field) { return namedFirst(field, month) }
    let start = index
    guard let first = number(field, digits: 1...4) else { return nil }
    let width = index - start
    guard index < count, let separator = Optional(field[index]), "/-. ".utf8.contains(separator), width != 3
    else { return nil }
    index += 1
    if width <= 2, let month = month(field) { return namedSecond(field, day: first, month, separator) }
    guard separator != .space, let second = number(field, digits: 1...2), take(field, separator) else {
      return nil
    }
    if width == 4 {
      guard let day = number(field, digits: 1...2) else { return nil }
      return Date(year: first, first: second, second: day, isFixed: true)
    }
    // `1.2.10` is a version rather than a day of 2010.
    guard let year = year(field, allowsShort: separator != UInt8(ascii: ".")) else { return nil }
    return Date(
      year: year, first: first, second: second, isFixed: false, hasSlashes: separator == UInt8(ascii: "/"))
  }

  /// `Mar 4, 2024`
  private mutating func namedFirst(_ field: Span<UInt8>, _ month: Int) -> Date? {
    guard take(field, .space), let day = number(field, digits: 1...2) else { return nil }
    _ = take(field, UInt8(ascii: ","))
    guard take(field, .space), let year = year(field, allowsShort: false) else { return nil }
    return Date(year: year, first: month, second: day, isFixed: true)
  }

  /// `04-Mar-24`
  private mutating func namedSecond(
    _ field: Span<UInt8>, day: Int, _ month: Int, _ separator: UInt8
  ) -> Date? {
    guard take(field, separator), let year = year(field, allowsShort: true) else { return nil }
    return Date(year: year, first: month, second: day, isFixed: true)
  }

  /// The time of day in milliseconds, 0 when there is none; nil when what follows the date is no time.
  mutating func time(_ field: Span<UInt8>) -> Int64? {
    guard index < count else { return 0 }
    guard take(field, .space) || take(field, UInt8(ascii: "T")) || take(field, UInt8(ascii: "t")) else {
      return nil
    }
    while index < count, field[index] == .space { index += 1 }
    guard let hour = number(field, digits: 1...2), take(field, .colon),
      let minute = number(field, digits: 2...2)
    else { return nil }
    hasTime = true
    var seconds = 0
    var milliseconds = 0
    if take(field, .colon) {
      guard let value = number(field, digits: 2...2) else { return nil }
      seconds = value
      if take(field, UInt8(ascii: ".")) || take(field, UInt8(ascii: ",")) {
        guard let value = fraction(field) else { return nil }
        milliseconds = value
      }
    }
    guard let clock = clock(field, hour: hour), minute < 60, seconds < 61, let shift = zone(field),
      index == count
    else { return nil }
    return Int64(((clock * 60 + minute - shift) * 60 + seconds) * 1000 + milliseconds)
  }

  /// The hour of the day, with or without AM and PM.
  private mutating func clock(_ field: Span<UInt8>, hour: Int) -> Int? {
    let start = index
    _ = take(field, .space)
    guard index + 1 < count, field[index + 1] | 0x20 == UInt8(ascii: "m"),
      field[index] | 0x20 == UInt8(ascii: "a") || field[index] | 0x20 == UInt8(ascii: "p")
    else {
      index = start
      return hour < 24 ? hour : nil
    }
    let isAfternoon = field[index] | 0x20 == UInt8(ascii: "p")
    index += 2
    return 1...12 ~= hour ? hour % 12 + (isAfternoon ? 12 : 0) : nil
  }

  /// Minutes east of UTC, 0 when nothing is said.
  private mutating func zone(_ field: Span<UInt8>) -> Int? {
    let start = index
    _ = take(field, .space)
    guard index < count else { return index == start ? 0 : nil }
    if take(field, UInt8(ascii: "Z")) || take(field, UInt8(ascii: "z")) { return 0 }
    for name in ["UTC", "GMT"] where count - index == 3 && field.extracting(index..<count).isEqual(to: name) {
      index = count
      return 0
    }
    let isWest = take(field, UInt8(ascii: "-"))
    guard isWest || take(field, UInt8(ascii: "+")), let hours = number(field, digits: 2...2) else {
      return nil
    }
    _ = take(field, .colon)
    let minutes = index < count ? number(field, digits: 2...2) : 0
    guard let minutes, hours < 15, minutes < 60 else { return nil }
    return (isWest ? -1 : 1) * (hours * 60 + minutes)
  }

  /// Milliseconds of a fraction; finer digits are dropped.
  private mutating func fraction(_ field: Span<UInt8>) -> Int? {
    let start = index
    var value = 0
    while index < count, field[index] &- 0x30 < 10 {
      if index - start < 3 { value = value * 10 + Int(field[index] &- 0x30) }
      index += 1
    }
    let digits = index - start
    guard 1...9 ~= digits else { return nil }
    for _ in 0..<max(0, 3 - digits) { value *= 10 }
    if value > 0 { hasFraction = true }
    return value
  }

  private mutating func year(_ field: Span<UInt8>, allowsShort: Bool) -> Int? {
    let start = index
    guard let value = number(field, digits: 1...4) else { return nil }
    switch index - start {
    case 4: return value
    // As POSIX reads two digits.
    case 2 where allowsShort: return value < 69 ? 2000 + value : 1900 + value
    default: return nil
    }
  }

  private mutating func number(_ field: Span<UInt8>, digits: ClosedRange<Int>) -> Int? {
    let start = index
    var value = 0
    while index < count, index - start < digits.upperBound, field[index] &- 0x30 < 10 {
      value = value * 10 + Int(field[index] &- 0x30)
      index += 1
    }
    return index - start >= digits.lowerBound ? value : nil
  }

  private mutating func take(_ field: Span<UInt8>, _ byte: UInt8) -> Bool {
    guard index < count, field[index] == byte else { return false }
    index += 1
    return true
  }

  /// The first three letters of each month as one number: most texts are no dates, and this is asked of all of them.
  private static let months: [UInt32] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ].map { $0.utf8.reduce(0) { $0 << 8 | UInt32($1) } }
  private static let rests = [
    "uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember",
  ]

  /// An English month, whole or its first three letters, with or without a full stop.
  private mutating func month(_ field: Span<UInt8>) -> Int? {
    guard index + 3 <= count, field[index] | 0x20 >= UInt8(ascii: "a") else { return nil }
    let letters = (index..<index + 3).reduce(UInt32(0)) { $0 << 8 | UInt32(field[$1] | 0x20) }
    guard let found = Self.months.firstIndex(of: letters) else { return nil }
    index += 3
    let rest = Self.rests[found]
    if !rest.isEmpty, index + rest.utf8.count <= count,
      field.extracting(index..<index + rest.utf8.count).isEqual(to: rest)
    {
      index += rest.utf8.count
    }
    _ = take(field, UInt8(ascii: "."))
    return found + 1
  }
}

extension Span<UInt8> {
  /// Whether the letters are these, in either case.
  fileprivate func isEqual(to word: String) -> Bool {
    var index = 0
    for letter in word.utf8 {
      guard index < count, self[index] | 0x20 == letter | 0x20 else { return false }
      index += 1
    }
    return index == count
  }
}

extension UInt8 {
  fileprivate static var colon: UInt8 { 0x3A }
}
