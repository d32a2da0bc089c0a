/// A calendar day in UTC; usage is summed by them.
package struct Day: Hashable, Comparable, Sendable {
  /// Days since 1 January 1970.
  package let number: Int64

  package init(number: Int64) { self.number = number }

  /// Reads `2026-11-21`; nil for anything else, and for days that no calendar has.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2],
      text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      ),
      let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2])
    else { return nil }
    let number = Timestamp.days(year: year, month: month, day: day)
    self.init(number: number)
    // The 30th of February would be some day in March.
    guard self.text == text else { return nil }
  }

  package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

  /// `2026-11-21`
  package var text: String { String(start.iso8601.prefix(10)) }

  /// Its first moment.
  package var start: Timestamp { Timestamp(milliseconds: number * 86_400_000) }

  /// The first day of its month.
  package var firstOfMonth: Day {
    let date = Timestamp.civil(fromDays: number)
    return Day(number: number - date.day + 1)
  }

  /// The first day of the month after its own.
  package var firstOfNextMonth: Day {
    let date = Timestamp.civil(fromDays: number)
    let isLast = date.month == 12
    return Day(
      number: Timestamp.days(
        year: isLast ? date.year + 1 : date.year, month: isLast ? 1 : date.month + 1, day: 1))
  }

  /// The day some days later.
  package func advanced(by days: Int64) -> Day { Day(number: number + days) }
}

extension Timestamp {
  /// The day it belongs to.
  package var day: Day { Day(number: Timestamp.floorDivide(milliseconds, 86_400_000).quotient) }
}
