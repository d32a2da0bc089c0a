import Fetch

/// How long a server asks to wait, from any of the forms in use.
enum RetryAfter {
  /// Looks at the fields in order of their weight, then into the message. Nil when nothing usable is said.
  ///
  /// Dates are measured against the answer's own `Date`, so that the two clocks need not agree.
  static func wait(_ head: FetchHead, _ error: ErrorBody) -> Duration? {
    if let wait = head["retry-after-ms"].flatMap(Double.init).flatMap({ duration(seconds: $0 / 1000) }) {
      return wait
    }
    if let wait = head["retry-after"].flatMap({ field($0, date: head["date"]) }) { return wait }
    return error.google.retryDelay.flatMap(span) ?? exhausted(head) ?? head["ratelimit-reset"].flatMap(span)
      ?? inText(error.message)
  }

  /// What an error inside a stream says, which has no fields.
  static func wait(_ error: ErrorBody) -> Duration? {
    error.google.retryDelay.flatMap(span) ?? inText(error.message)
  }

  /// The reset of a limit of which nothing is left.
  private static func exhausted(_ head: FetchHead) -> Duration? {
    for dimension in ["requests", "tokens", "input-tokens", "output-tokens"] {
      let limits = [
        ("x-ratelimit-remaining-\(dimension)", "x-ratelimit-reset-\(dimension)"),
        ("anthropic-ratelimit-\(dimension)-remaining", "anthropic-ratelimit-\(dimension)-reset"),
      ]
      for (remaining, reset) in limits {
        guard let left = head[remaining].flatMap(Double.init), left <= 0 else { continue }
        if let wait = head[reset].flatMap({ span($0) ?? moment($0, date: head["date"]) }) { return wait }
      }
    }
    return nil
  }

  /// `… try again in 1.5s …`
  static func inText(_ text: String) -> Duration? {
    let words = text.lowercased().split(separator: " ")
    guard
      let index = words.indices.dropFirst(2).first(where: { words[$0] == "in" && words[$0 - 1] == "again" }),
      index + 1 < words.count
    else { return nil }
    let word = words[index + 1].reversed().drop { ".,;:".contains($0) }.reversed()
    return span(String(word))
  }

  /// A number of seconds, or spans such as `6m0s`, `2m52.8s`, `547ms`.
  static func span(_ text: String) -> Duration? {
    if let seconds = Double(text) { return duration(seconds: seconds) }
    var rest = text[...]
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isNumber || $0 == "." }
      guard let number = Double(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      // `ms` stands before `m`, which is its beginning.
      guard let unit = units.first(where: { rest.hasPrefix($0.name) }) else { return nil }
      rest = rest.dropFirst(unit.name.count)
      total += number * unit.seconds
    }
    return text.isEmpty ? nil : duration(seconds: total)
  }

  private static let units: [(name: String, seconds: Double)] = [
    ("ms", 0.001), ("us", 0.000001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400),
  ]

  private static func field(_ value: String, date: String?) -> Duration? {
    if let seconds = Double(value) { return duration(seconds: seconds) }
    return until(HTTPDate.seconds(value), date: date)
  }

  private static func moment(_ value: String, date: String?) -> Duration? {
    until(HTTPDate.secondsOfTimestamp(value), date: date)
  }

  private static func until(_ moment: Int64?, date: String?) -> Duration? {
    guard let moment, let now = date.flatMap(HTTPDate.seconds) else { return nil }
    return duration(seconds: Double(moment - now))
  }

  /// At most a day; negative waits and NaN say nothing.
  private static func duration(seconds: Double) -> Duration? {
    guard seconds >= 0 else { return nil }
    return .milliseconds(Int64(min(seconds, 86_400) * 1000))
  }
}

/// The dates of HTTP fields (RFC 9110 §5.6.7), in their current form.
enum HTTPDate {
  /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, or nil.
  static func seconds(_ text: String) -> Int64? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), let year = Int64(parts[3]),
      let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
    guard clock.count == 3, (1...31).contains(day), (1970...9999).contains(year) else { return nil }
    return days(year, Int64(month) + 1, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }

  /// Seconds since 1970 of `2026-11-21T09:30:00Z` (RFC 3339), with or without parts of a second, or nil.
  static func secondsOfTimestamp(_ text: String) -> Int64? {
    let parts = text.split { "-T:Z.+".contains($0) }.map(String.init)
    guard text.hasSuffix("Z"), parts.count >= 6, let year = Int64(parts[0]), let month = Int64(parts[1]),
      let day = Int64(parts[2]), (1970...9999).contains(year), (1...12).contains(month),
      (1...31).contains(day)
    else { return nil }
    let clock = parts[3..<6].compactMap { Int64($0) }
    guard clock.count == 3 else { return nil }
    return days(year, month, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Days since 1970 of a date in the Gregorian calendar, with years that begin in March so that leap days come last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }
}
