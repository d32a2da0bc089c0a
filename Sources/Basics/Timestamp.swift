/// A moment in milliseconds since 1970, UTC. The hub's only notion of wall-clock time.
package struct Timestamp: Hashable, Comparable, Sendable {
  package var milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  /// ISO 8601 with milliseconds and `Z`: `2026-11-21T09:30:00.123Z`, the form every surface shows.
  package var iso8601: String {
    var text: [UInt8] = []
    text.reserveCapacity(24)
    appendISO8601(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the form of `iso8601`.
  package func appendISO8601(to text: inout [UInt8]) {
    let (days, inDay) = Self.floorDivide(milliseconds, 86_400_000)
    let date = Self.civil(fromDays: days)
    text.append(addingCapacity: 24) { out in
      func digit(_ value: Int64) { out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)) }
      func put(_ value: Int64, _ next: Unicode.Scalar) {
        digit(value / 10)
        digit(value)
        out.append(UInt8(ascii: next))
      }
      digit(date.year / 1000)
      digit(date.year / 100)
      put(date.year % 100, "-")
      put(date.month, "-")
      put(date.day, "T")
      put(inDay / 3_600_000, ":")
      put(inDay / 60_000 % 60, ":")
      put(inDay / 1000 % 60, ".")
      digit(inDay % 1000 / 100)
      put(inDay % 100, "Z")
    }
  }

  /// The `Date` header's form (RFC 9110 §5.6.7): `Sat, 21 Nov 2026 09:30:00 GMT`.
  package var httpDate: String {
    let (days, inDay) = Self.floorDivide(milliseconds, 86_400_000)
    let date = Self.civil(fromDays: days)
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // day 0, 1 January 1970, was a Thursday
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let weekday = weekdays[Int(Self.floorDivide(days, 7).remainder)]
    let clock = "\(two(inDay / 3_600_000)):\(two(inDay / 60_000 % 60)):\(two(inDay / 1000 % 60))"
    return "\(weekday), \(two(date.day)) \(months[Int(date.month) - 1]) \(date.year) \(clock) GMT"
  }

  /// Quotient and remainder, the remainder never negative.
  package static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let remainder = (value % divisor + divisor) % divisor
    return ((value - remainder) / divisor, remainder)
  }

  /// The proleptic Gregorian date of a day number, counted in eras of 400 years that begin on 1 March.
  package static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let (era, dayOfEra) = floorDivide(shifted, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  /// The day number of a date, the inverse of `civil`.
  package static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivide(shifted, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
