extension Timestamp {
  /// Reads RFC 3339 (`2026-11-21T09:30:00.123Z`, `2026-11-21T11:30+02:00`) or a day, which is its first moment.
  ///
  /// Without a zone it is UTC. Nil for anything else; digits beyond milliseconds are dropped.
  package init?(text: String) {
    let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let day = parts.first.flatMap({ Day(String($0)) }) else { return nil }
    guard parts.count == 2 else {
      self = day.start
      return
    }
    guard let time = Self.timeOfDay(parts[1]) else { return nil }
    self.init(milliseconds: day.start.milliseconds + time)
  }

  /// Milliseconds since midnight in UTC; negative, or more than a day, where a zone says so.
  private static func timeOfDay(_ text: Substring) -> Int64? {
    var clock = text
    var zone: Int64 = 0
    if text.hasSuffix("Z") {
      clock = text.dropLast()
    } else if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let parts = text[text.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let offset = minutes(parts[0], parts[1]) else { return nil }
      zone = text[sign] == "-" ? -offset : offset
      clock = text[..<sign]
    }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, let minutes = minutes(parts[0], parts[1]) else {
      return nil
    }
    let seconds = parts.count == 3 ? milliseconds(ofSeconds: parts[2]) : 0
    return seconds.map { (minutes - zone) * 60_000 + $0 }
  }

  /// The parts of `09:30` as minutes.
  private static func minutes(_ hours: Substring, _ minutes: Substring) -> Int64? {
    guard let hours = number(hours, digits: 2), let minutes = number(minutes, digits: 2), hours < 24,
      minutes < 60
    else { return nil }
    return hours * 60 + minutes
  }

  /// `07` or `07.123` as milliseconds.
  private static func milliseconds(ofSeconds text: Substring) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let seconds = number(parts[0], digits: 2), seconds < 60 else { return nil }
    guard parts.count > 1 else { return seconds * 1000 }
    guard parts.count == 2, 1...9 ~= parts[1].count, number(parts[1], digits: parts[1].count) != nil else {
      return nil
    }
    let fraction = (parts[1] + "00").prefix(3)
    return Int64(fraction).map { seconds * 1000 + $0 }
  }

  private static func number(_ text: Substring, digits: Int) -> Int64? {
    guard text.utf8.count == digits, text.utf8.allSatisfy({ 48...57 ~= $0 }) else { return nil }
    return Int64(text)
  }
}
