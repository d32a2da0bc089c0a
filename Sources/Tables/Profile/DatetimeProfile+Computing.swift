import Basics
import Statistics

extension DatetimeProfile {
  /// Computes the profile of a column of moments; nil without any.
  init?(_ moments: [Int64]) {
    var sorted = moments
    sorted.sort()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    var hours = [Int](repeating: 0, count: 24)
    var weekdays = [Int](repeating: 0, count: 7)
    var months = [Int](repeating: 0, count: 12)
    var hasTime = false
    var gaps: [Double] = []
    gaps.reserveCapacity(sorted.count)
    // In order, a day's month is found once a day.
    var (day, month) = (Int64.min, 0)
    for (index, moment) in sorted.enumerated() {
      let (number, inDay) = Timestamp.floorDivide(moment, 86_400_000)
      if number != day { (day, month) = (number, Int(Timestamp.civil(fromDays: number).month) - 1) }
      hours[Int(inDay / 3_600_000)] += 1
      // Day 0 was a Thursday.
      weekdays[Int(Timestamp.floorDivide(number + 3, 7).remainder)] += 1
      months[month] += 1
      hasTime = hasTime || inDay != 0
      if index > 0 { gaps.append(Double(moment - sorted[index - 1]) / 86_400_000) }
    }
    let spans = Quantiles(gaps)
    self.init(
      first: first, last: last, hasTime: hasTime, hours: hours, weekdays: weekdays, months: months,
      businessCount: hours[8..<18].reduce(0, +), valueCount: sorted.count, medianGap: spans.median,
      largestGap: spans.largest)
  }
}
