extension KeyFault {
  /// Which failures are a key's: 401, 402, 403, 429 and any 5xx let the next key try; nothing else does.
  package init?(_ error: ProviderError) {
    switch error.kind {
    case .authentication, .permission: self = .refused
    case .billing, .quota, .budgetExhausted: self = .spent
    case .rateLimit: self = .limited
    // A model that is being loaded will be there for the same key.
    case .contextLength, .contentFilter, .modelNotFound, .invalidRequest, .unsupported, .cancelled, .loading:
      return nil
    default:
      guard let status = error.status, status >= 500 else { return nil }
      self = .unserved
    }
  }
}

extension KeyOutcome {
  /// What a failed call says about its key. `reason` is the provider's answer, `429 Rate limit reached`.
  package init(_ error: ProviderError) {
    guard let fault = KeyFault(error) else {
      self = .unknown
      return
    }
    let status = error.status.map { "\($0) " } ?? ""
    self = .failed(fault, rest: error.retryAfter, reason: "\(status)\(error.message)", status: error.status)
  }
}

extension KeyState {
  /// What a call without the key would have failed with; nil while it is healthy.
  var cause: ProviderError.Kind? {
    switch condition {
    case .healthy: nil
    case .cooling: (lastStatus ?? 429) >= 500 ? .overloaded : .rateLimit
    case .exhausted: lastStatus == 402 ? .billing : .quota
    case .invalid: .authentication
    }
  }
}
