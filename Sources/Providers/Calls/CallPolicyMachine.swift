/// The tries of one call as a value: which provider and model is asked next, when, and when it is given up.
///
/// It knows targets by their places in the agent's chain, and time only as what is left of it. Nothing is tried again once a viewer may have
/// seen a part of the answer.
package struct CallPolicyMachine: Sendable {
  /// How much is tried.
  package struct Limits: Equatable, Sendable {
    /// What all waits of a call may take together, but for those in line.
    package var patience = Duration.seconds(30)
    /// How long a call may stand in line for one of as many places as the operator allows.
    package var queue = Duration.seconds(1800)
    /// The longest single wait while another target could be asked instead.
    package var shortWait = Duration.seconds(5)
    /// The first pause before the same target is asked again; doubles each time.
    package var pause = Duration.milliseconds(500)
    package var longestPause = Duration.seconds(5)
    /// Tries of one target at most; every key of a pool can have its turn.
    package var triesPerTarget = KeyPoolMachine.capacity + 2

    package init() {}
  }

  /// What happens next.
  package enum Action: Equatable, Sendable {
    /// Ask this target.
    case call(target: Int)
    /// Wait until this target may be asked; what it waits for may come sooner.
    case wait(Duration, target: Int)
    /// Let this time pass, then ask this target again.
    case pause(Duration, target: Int)
    /// Nothing more can be tried.
    case end(ProviderError)
  }

  private let limits: Limits
  /// Places in the chain, in the order in which they are asked.
  private var targets: ArraySlice<Int>
  private var target: Int
  private var tries = 0
  private var retries = 0
  private var patience: Duration
  private var queue: Duration
  private var isQueuing = false
  private var lastError: ProviderError?
  /// Why the last target that was set up did not answer.
  private var failure: ProviderError?

  /// - Parameters:
  ///   - count: how many targets the chain has, at least 1.
  ///   - first: the one that is asked first, because it answered a while ago.
  package init(targets count: Int, first: Int = 0, limits: Limits = Limits()) {
    self.limits = limits
    patience = limits.patience
    queue = limits.queue
    let places = Array(0..<max(count, 1))
    target = places.indices.contains(first) ? first : 0
    targets = (Array(places[target...]) + places[..<target])[1...]
  }

  /// The target that is asked now.
  package var current: Int { target }

  /// The call begins.
  package mutating func begin() -> Action { ask() }

  /// The target cannot be asked now: its keys rest, its circuit is open, or too many calls are under way.
  ///
  /// - Parameters:
  ///   - wait: until it may be; nil when nobody knows, so that as long as possible is waited for it.
  ///   - error: what to say when nothing else helps.
  package mutating func blocked(for wait: Duration?, _ error: ProviderError) -> Action {
    isQueuing = error.kind == .busy && targets.isEmpty
    let left = isQueuing ? queue : patience
    let longest = targets.isEmpty ? left : min(limits.shortWait, left)
    let pause = wait ?? longest
    guard pause <= longest, longest > .zero else { return goOn(after: told(error)) }
    return .wait(pause, target: target)
  }

  /// A wait or a pause is over.
  ///
  /// - Parameter time: what it took.
  package mutating func waited(_ time: Duration) -> Action {
    if isQueuing { queue = max(.zero, queue - time) } else { patience = max(.zero, patience - time) }
    isQueuing = false
    return .call(target: target)
  }

  /// The target failed.
  ///
  /// - Parameters:
  ///   - hasOtherKeys: whether the pool of the target has other keys, be they free or not.
  ///   - jitter: 0 to 1, by chance.
  package mutating func failed(
    _ error: ProviderError, hasOtherKeys: Bool, jitter: Double
  ) -> Action {
    guard !error.emitted else { return .end(error) }
    lastError = error
    switch RetryRule(error) {
    case .never: return .end(error)
    case .elsewhere: return goOn(after: error)
    case .otherKey where hasOtherKeys && tries < limits.triesPerTarget: return ask()
    case .otherKey:
      let isTransient = error.kind == .rateLimit || (error.status ?? 0) >= 500
      return isTransient ? again(times: 2, error, jitter) : goOn(after: error)
    case .again(let times): return again(times: times, error, jitter)
    case .steadily(let pause): return again(times: .max, error, jitter, every: pause)
    }
  }

  private mutating func again(
    times: Int, _ error: ProviderError, _ jitter: Double, every pace: Duration? = nil
  ) -> Action {
    guard retries < times, error.shouldRetry != false else { return goOn(after: error) }
    let longest = targets.isEmpty ? patience : min(limits.shortWait, patience)
    let pause = max(pace ?? backOff(jitter), error.retryAfter ?? .zero)
    guard pause <= longest else { return goOn(after: error) }
    retries += 1
    tries += 1
    return .pause(pause, target: target)
  }

  /// 0.8 to 1.2 of a pause that doubles, so that calls which failed together do not come back together.
  private func backOff(_ jitter: Double) -> Duration {
    let doubled = min(limits.pause * (1 << min(retries, 10)), limits.longestPause)
    let factor = 0.8 + 0.4 * min(max(jitter, 0), 1)
    return .milliseconds(Int64((doubled / .milliseconds(1) * factor).rounded()))
  }

  private mutating func ask() -> Action {
    tries += 1
    return .call(target: target)
  }

  private mutating func goOn(after error: ProviderError) -> Action {
    // That nobody set up the next one is not why there is no answer.
    if error.kind != .keyMissing { failure = error }
    guard let next = targets.popFirst() else { return .end(failure ?? error) }
    target = next
    tries = 0
    retries = 0
    return ask()
  }

  /// What this call has seen for itself says more than what the target is kept from.
  private func told(_ error: ProviderError) -> ProviderError {
    guard let lastError, lastError.provider == error.provider else { return error }
    return error.kind == .keysExhausted ? error.because(of: lastError) : lastError
  }
}
