/// The rule for first-byte, idle and total timeouts: facts and times in, a verdict out. Times are monotonic nanoseconds.
///
/// curl's low-speed limit is no substitute: it runs before the first byte and averages over seconds.
struct TransferTimers {
  private let timeouts: FetchTimeouts
  private let startedAt: UInt64
  private var lastByteAt: UInt64?
  private var isPaused = false
  private var total: UInt64
  private var idle: UInt64 { timeouts.idle.nanoseconds }

  init(_ timeouts: FetchTimeouts, now: UInt64) {
    self.timeouts = timeouts
    self.startedAt = now
    self.total = now + timeouts.total.nanoseconds
  }

  /// Bytes came, of the head or of the body.
  mutating func received(now: UInt64) { lastByteAt = now }

  /// The reader is slow, so silence is our own doing.
  mutating func paused() { isPaused = true }

  mutating func resumed(now: UInt64) {
    isPaused = false
    lastByteAt = now
  }

  /// Shortens the time that is left.
  mutating func end(by time: UInt64) { total = min(total, time) }

  /// When to ask `expiry` again at the latest, whatever happens until then: a byte can come at once and start the idle time.
  func nextLook(now: UInt64) -> UInt64 {
    let isRunning = lastByteAt != nil && !isPaused
    return min(total, waiting ?? .max, isRunning ? .max : now + idle)
  }

  /// Which timeout has passed, if any.
  func expiry(now: UInt64) -> FetchError.Code? {
    if let waiting, now >= waiting { return lastByteAt == nil ? .timeoutFirstByte : .timeoutIdle }
    return now >= total ? .timeoutTotal : nil
  }

  /// How long was waited when a timeout passes.
  func limit(of code: FetchError.Code) -> Duration {
    switch code {
    case .timeoutFirstByte: timeouts.firstByte
    case .timeoutIdle: timeouts.idle
    default: timeouts.total
    }
  }

  private var waiting: UInt64? {
    guard let lastByteAt else { return startedAt + timeouts.firstByte.nanoseconds }
    return isPaused ? nil : lastByteAt + idle
  }
}
