/// The right to make one call: a place among a provider's calls, and a key when the provider has a pool. Given back exactly once.
package struct CallPass: Sendable {
  package let provider: String
  /// The key to call with; nil when the call has its own, or needs none.
  package let secret: String?
  /// Names the key; nil without a pool.
  package let fingerprint: String?
  /// Where the key stands in its pool, from 0.
  package var keyPosition: Int? { lease?.position }
  let lease: KeyPoolMachine.Lease?
  let circuit: String
  let probesCircuit: Bool
}

/// How a call that had a pass went.
package enum CallOutcome: Sendable {
  /// Its answer came, be it whole or not.
  case answered
  case failed(ProviderError)
  /// The caller left, or nothing was sent.
  case abandoned
}

/// Whether a call may be made now.
package enum Admission: Sendable {
  case pass(CallPass)
  /// Not now: how long until it may be, nil when nobody knows, and what to say when that is too long.
  case blocked(Duration?, ProviderError)
}
