/// How often something may be asked: a bucket of tokens that fills again. Times are monotonic nanoseconds.
struct CommandRate {
  private let burst: Double
  private let perSecond: Double
  private var tokens: Double
  private var at: UInt64

  init(burst: Double, perSecond: Double, now: UInt64) {
    self.burst = burst
    self.perSecond = perSecond
    tokens = burst
    at = now
  }

  /// Takes a token; without one, returns the milliseconds until there is.
  mutating func take(now: UInt64) -> Int? {
    tokens = min(burst, tokens + Double(now - at) / 1e9 * perSecond)
    at = now
    guard tokens < 1 else {
      tokens -= 1
      return nil
    }
    return Int(((1 - tokens) / perSecond * 1000).rounded(.up))
  }
}
