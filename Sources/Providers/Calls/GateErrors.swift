// Why a call may not be made now.

extension ProviderError {
  static let allExhausted = "All API keys exhausted after retries"

  /// Every key rests; says until when.
  ///
  /// - Parameter next: the key that is the next to be free.
  static func keysExhausted(
    _ call: ProviderCall, title: String, wait: Duration?, next: KeyState?
  ) -> ProviderError {
    var error = ProviderError(
      .keysExhausted, allExhausted + (next?.lastFailure.map { ": \($0)" } ?? ""),
      hint:
        "Every \(title) key rests or is refused. GET /api/keys says why and until when; add one, or POST /api/admin/reset-keys.",
      provider: call.provider, model: call.request.model)
    error.retryAfter = wait
    error.cause = next?.cause
    return error
  }

  /// As many calls are under way as may be.
  static func busy(_ call: ProviderCall, title: String) -> ProviderError {
    ProviderError(
      .busy, "\(title) has as many calls under way as it may have.",
      hint:
        "Try again in a moment; AGENTHUB_MAX_PROVIDER_CALLS and AGENTHUB_MAX_CALLS_PER_KEY are the limits.",
      provider: call.provider, model: call.request.model)
  }

  /// The model failed too often.
  static func circuitOpen(_ call: ProviderCall, title: String, wait: Duration?) -> ProviderError {
    var error = ProviderError(
      .circuitOpen,
      "\(title) has failed for \(call.request.model) several times in a row and is left alone for a while.",
      hint: "Try again in a moment, or give the agent a config.fallbacks.",
      provider: call.provider, model: call.request.model)
    error.retryAfter = wait
    return error
  }

  /// Nobody has the name.
  static func unknownProvider(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .unknownProvider, "Unknown provider: \(call.provider)", hint: "Providers: \(ProviderTable.names).",
      provider: call.provider, model: call.request.model)
  }
}
