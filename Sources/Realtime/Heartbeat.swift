/// When to ask a peer for a sign of life, and when to give it up. Time is monotonic nanoseconds.
package struct Heartbeat: Sendable {
  /// Intervals of one connection kind.
  package struct Timing: Sendable {
    /// Between two pings. 25 s stays below the 60 s after which proxies drop idle connections.
    package var interval: UInt64 = 25_000_000_000
    /// How long after a ping silence is death.
    package var patience: UInt64 = 10_000_000_000

    package init() {}
    package init(interval: UInt64, patience: UInt64) {
      self.interval = interval
      self.patience = patience
    }
  }

  /// What is to be done at a moment.
  package enum Action: Equatable {
    case nothing, ping, giveUp
  }

  private var nextPing: UInt64
  private var awaitedSince: UInt64?

  /// Starts the clock.
  ///
  /// - Parameter jitter: 0..<1; spreads the pings of connections that came together over ±20 % of the interval.
  package init(timing: Timing, now: UInt64, jitter: Double) {
    self.nextPing = now + UInt64(Double(timing.interval) * (0.8 + 0.4 * jitter))
  }

  /// Spreads connections evenly over 0..<1, whatever their number: the golden ratio's multiples never cluster.
  package static func jitter(ofConnection number: UInt64) -> Double {
    Double((number &* 0x9E37_79B9_7F4A_7C15) >> 40) / Double(1 << 24)
  }

  /// Time passed.
  ///
  /// - Parameters:
  ///   - timing: that of all connections of the kind, which keep no copy.
  ///   - lastHeard: when the peer last sent anything. Any byte is a sign of life: a pong waits behind a large message that is under way.
  ///   - canAnswer: false while our own bytes still wait to be sent, when silence proves nothing.
  package mutating func tick(now: UInt64, timing: Timing, lastHeard: UInt64, canAnswer: Bool)
    -> Action
  {
    if let since = awaitedSince, lastHeard > since { awaitedSince = nil }
    if !canAnswer, awaitedSince != nil { awaitedSince = now }
    if let since = awaitedSince, now >= since + timing.patience { return .giveUp }
    guard now >= nextPing else { return .nothing }
    nextPing = now + timing.interval
    guard canAnswer else { return .nothing }
    if awaitedSince == nil { awaitedSince = now }
    return .ping
  }
}
