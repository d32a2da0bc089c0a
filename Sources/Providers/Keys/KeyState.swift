package import Basics

/// What is known of one key: how it is, since when and why. Never the key itself.
package struct KeyState: Equatable, Sendable {
  /// Whether calls may use the key.
  package enum Condition: String, Sendable, CaseIterable {
    case healthy
    /// The provider asked to slow down, or failed.
    case cooling
    /// Its money or its quota is spent.
    case exhausted
    /// The provider does not take it.
    case invalid

    /// Of two that are known at once, the worse one counts.
    fileprivate var rank: Int {
      switch self {
      case .healthy: 0
      case .cooling: 1
      case .exhausted: 2
      case .invalid: 3
      }
    }

    func orWorse(_ other: Condition) -> Condition { other.rank > rank ? other : self }
  }

  package var condition = Condition.healthy
  /// When one call may try it again; nil while it is healthy.
  package var until: Timestamp?
  /// How often in a row it failed after it had been tried again; cool-downs grow with it.
  package var strikes = 0
  /// Answers it brought.
  package var uses = 0
  /// Calls that failed because of it.
  package var errors = 0
  package var lastUsed: Timestamp?
  /// Why it failed the last time, masked; stays until it is reset or well again.
  package var lastFailure: String?
  /// The status of the provider's answer by which it failed the last time; nil when it was none, and with `lastFailure`.
  package var lastStatus: Int?

  package init() {}
}

/// What a failed call says about its key.
package enum KeyFault: String, Sendable, CaseIterable {
  /// 401 or 403.
  case refused
  /// 402, a quota by day or month, or a budget of the hub's own.
  case spent
  /// 429.
  case limited
  /// 5xx: hardly the key's fault, but another one may be served by another machine.
  case unserved

  /// The condition it puts a key into.
  var condition: KeyState.Condition {
    switch self {
    case .refused: .invalid
    case .spent: .exhausted
    case .limited, .unserved: .cooling
    }
  }

  /// How long a key that failed for the n-th time in a row rests when the provider does not say: doubling up to a bound.
  ///
  /// - Parameter strikes: from 1.
  package func rest(strikes: Int) -> Duration {
    let (first, longest): (Int64, Int64) =
      switch self {
      case .refused: (600_000, 86_400_000)
      case .spent: (3_600_000, 86_400_000)
      case .limited: (5000, 60_000)
      case .unserved: (500, 8000)
      }
    return .milliseconds(min(longest, first << Int64(min(max(strikes, 1) - 1, 20))))
  }
}

/// What became of a call, as far as its key is concerned.
package enum KeyOutcome: Equatable, Sendable {
  /// The key cannot serve now.
  ///
  /// - Parameters:
  ///   - rest: how long the provider asks to wait; nil when it does not say.
  ///   - reason: for people, masked.
  ///   - status: of the provider's answer; nil when it was none.
  case failed(KeyFault, rest: Duration?, reason: String, status: Int? = nil)
  /// It says nothing (more) about the key: the answer was told before, the network failed, the request was wrong, the caller left.
  case unknown
}
