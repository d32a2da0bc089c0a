/// Keeps calls away from a provider's model that fails again and again, so that nobody waits for what will not come.
///
/// Enough failures in a short time open the circuit. After a while one call, the probe, may try; its end closes the circuit, or opens it for
/// longer.
package struct CircuitBreakerMachine: Sendable {
  /// When it opens and for how long, in nanoseconds.
  package struct Limits: Equatable, Sendable {
    package var failures = 5
    package var window: UInt64 = 30_000_000_000
    package var rest: UInt64 = 15_000_000_000
    package var longestRest: UInt64 = 120_000_000_000

    package init() {}
  }

  /// Whether a call may be made.
  package enum Verdict: Equatable, Sendable {
    case closed
    /// This call finds out if the model is well again.
    case probe
    /// Nobody may call before the time; nil while a probe is under way.
    case open(until: UInt64?)
  }

  private enum State {
    case closed
    case open(until: UInt64, rest: UInt64)
    case probing(rest: UInt64)
  }

  private let limits: Limits
  private var state = State.closed
  private var failures: [UInt64] = []

  package init(limits: Limits = Limits()) { self.limits = limits }

  /// Whether calls are kept away.
  package var isOpen: Bool { if case .closed = state { false } else { true } }

  /// When it may be tried again; nil while it is closed or tried.
  package var until: UInt64? { if case .open(let until, _) = state { until } else { nil } }

  /// Whether it knows of nothing, so that it can be forgotten.
  package func isIdle(at now: UInt64) -> Bool { !isOpen && !failures.contains { isRecent($0, now) } }

  /// A call wants to be made.
  ///
  /// - Parameter now: monotonic nanoseconds.
  package mutating func admit(at now: UInt64) -> Verdict {
    switch state {
    case .closed: return .closed
    case .probing: return .open(until: nil)
    case .open(let until, let rest):
      guard until <= now else { return .open(until: until) }
      state = .probing(rest: rest)
      return .probe
    }
  }

  /// The model answered.
  package mutating func answered() {
    state = .closed
    failures = []
  }

  /// The model failed in a way that a later call may not.
  package mutating func failed(wasProbe: Bool, at now: UInt64) {
    switch state {
    case .probing(let rest) where wasProbe: open(for: min(2 * rest, limits.longestRest), at: now)
    case .open, .probing: break  // a call that began before
    case .closed:
      failures = failures.filter { isRecent($0, now) } + [now]
      if failures.count >= limits.failures { open(for: limits.rest, at: now) }
    }
  }

  /// A call ended and showed nothing; the next one probes in its place.
  package mutating func ended(wasProbe: Bool, at now: UInt64) {
    if wasProbe, case .probing(let rest) = state { state = .open(until: now, rest: rest) }
  }

  /// It is closed again, whatever was known.
  package mutating func reset() { answered() }

  private mutating func open(for rest: UInt64, at now: UInt64) {
    state = .open(until: now + rest, rest: rest)
    failures = []
  }

  private func isRecent(_ failure: UInt64, _ now: UInt64) -> Bool { failure + limits.window > now }
}
