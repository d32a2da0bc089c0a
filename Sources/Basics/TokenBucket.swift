/// How often something may happen: so many in a while, and so many at once.
package struct Rate: Sendable, Equatable {
  /// How many in a period.
  package let count: Int
  /// In nanoseconds.
  package let period: UInt64
  /// How many at once after a while without any.
  package let burst: Int

  /// - Parameter burst: by default what one period brings.
  package init(_ count: Int, perNanoseconds period: UInt64 = 1_000_000_000, burst: Int? = nil) {
    self.count = max(1, count)
    self.period = period
    self.burst = burst ?? self.count
  }

  /// The time that brings so many.
  fileprivate func time(for cost: Int) -> UInt64 {
    let (high, low) = UInt64(max(0, cost)).multipliedFullWidth(by: period)
    return high >= UInt64(count) ? .max : UInt64(count).dividingFullWidth((high, low)).quotient
  }
}

/// What is left of a rate, as one word: the moment when the bucket will be full again. A fresh one is full.
package struct TokenBucket: Sendable, Equatable {
  private var fullAt: UInt64 = 0

  package init() {}

  /// Whether nothing is missing.
  ///
  /// - Parameter now: nanoseconds of a monotonic clock.
  package func isFull(at now: UInt64) -> Bool { fullAt <= now }

  /// Takes as many as something costs, or nothing when they are not there. What costs more than ever fits goes when the
  /// bucket is full, and what follows it waits the longer.
  ///
  /// - Returns: nil when they were taken, else the nanoseconds until they will be there.
  package mutating func take(_ cost: Int = 1, of rate: Rate, at now: UInt64) -> UInt64? {
    let missing = fullAt > now ? fullAt - now : 0
    let wanted = min(rate.time(for: cost), rate.time(for: rate.burst))
    let allowed = rate.time(for: rate.burst) - wanted
    guard missing <= allowed else { return missing - allowed }
    let (sum, overflows) = (now + missing).addingReportingOverflow(rate.time(for: cost))
    fullAt = overflows ? .max : sum
    return nil
  }
}
