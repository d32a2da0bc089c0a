/// What may be done about a failed call before anything of its answer was seen.
package enum RetryRule: Sendable {
  /// The caller's fault or wish: another try would hide it.
  case never
  /// This provider will not do it, another one may.
  case elsewhere
  /// The key is at fault: another key, then another provider.
  case otherKey
  /// It may pass by itself: again, up to some times, then another provider.
  case again(times: Int)
  /// It will pass by itself: again at this pace, as long as patience lasts.
  case steadily(every: Duration)

  /// The rule for a class of failure.
  package init(_ error: ProviderError) {
    if KeyFault(error) != nil {
      self = .otherKey
      return
    }
    switch error.kind {
    case .cancelled, .invalidRequest, .contextLength, .contentFilter, .unknownProvider, .invalidSetting:
      self = .never
    case .keyMissing, .keysExhausted, .busy, .circuitOpen, .modelNotFound, .unsupported,
      .timeout:
      self = .elsewhere
    case .network, .truncated, .malformed: self = .again(times: 1)
    case .overloaded, .server: self = .again(times: 2)
    case .loading: self = .steadily(every: .seconds(2))
    case .authentication, .permission, .billing, .quota, .budgetExhausted, .rateLimit: self = .otherKey
    }
  }
}

extension ProviderError {
  /// Whether the failure speaks against the provider's model as a whole, for its circuit breaker.
  var isOutage: Bool {
    switch kind {
    case .network, .timeout, .server, .overloaded, .truncated, .malformed: true
    default: false
    }
  }
}
