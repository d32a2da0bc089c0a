import Basics

/// Why a provider gave no whole answer. Messages are masked: no key stands in them.
package struct ProviderError: CodedError, Equatable {
  /// What kind of failure it is; decides about retry, other key, other provider. The raw value is the code.
  package enum Kind: String, Sendable, CaseIterable {
    case unknownProvider = "provider_unknown"
    case invalidSetting = "provider_setting_invalid"
    case keyMissing = "provider_key_missing"
    case authentication = "provider_unauthorized"
    case billing = "provider_billing"
    /// A limit by day or month.
    case quota = "provider_quota"
    case rateLimit = "provider_rate_limited"
    case permission = "provider_forbidden"
    case modelNotFound = "provider_model_not_found"
    case contextLength = "provider_context_length"
    case invalidRequest = "provider_invalid_request"
    /// The model cannot do something that was asked.
    case unsupported = "provider_unsupported"
    case contentFilter = "provider_content_filter"
    case overloaded = "provider_overloaded"
    case loading = "provider_loading"
    case server = "provider_server_error"
    case timeout = "provider_timeout"
    case network = "provider_unreachable"
    /// The answer ended without saying that it is complete.
    case truncated = "provider_truncated"
    /// The answer cannot be read.
    case malformed = "provider_malformed"
    /// Every key of the provider rests.
    case keysExhausted = "provider_keys_exhausted"
    /// The key may not cost more.
    case budgetExhausted = "budget_exhausted"
    /// As many calls are under way as may be.
    case busy = "provider_busy"
    /// The model failed so often that it is left alone for a while.
    case circuitOpen = "provider_circuit_open"
    case cancelled
  }

  /// How far the call had come.
  package enum Phase: String, Sendable {
    /// Nothing was sent.
    case prepare
    /// No byte of the answer had come.
    case connect
    /// The status was an error.
    case head
    /// The answer had begun.
    case stream
  }

  package let kind: Kind
  package let message: String
  package let hint: String?
  /// The name in `ProviderTable`.
  package let provider: String
  package let model: String?
  package var phase: Phase
  /// Whether something that a viewer may have seen was already given out.
  package var emitted: Bool
  /// The HTTP status.
  package var status: Int?
  /// The provider's own code.
  package var providerCode: String?
  /// How long the provider asks to wait.
  package var retryAfter: Duration?
  /// The server's id of the request, for its support.
  package var request: String?
  /// Why the keys rest, when that is what is wrong.
  package var cause: Kind?
  /// What the server says itself about trying again; nil when it says nothing.
  package var shouldRetry: Bool?

  package var code: String { kind.rawValue }
  package var retryAfterMilliseconds: Int? {
    retryAfter.map {
      Int(clamping: $0.components.seconds) &* 1000 &+ Int($0.components.attoseconds / 1_000_000_000_000_000)
    }
  }

  package init(
    _ kind: Kind, _ message: String, hint: String? = nil, provider: String, model: String? = nil,
    phase: Phase = .prepare, emitted: Bool = false, status: Int? = nil, providerCode: String? = nil,
    retryAfter: Duration? = nil, request: String? = nil
  ) {
    self.kind = kind
    self.message = String(message.prefix(500))
    self.hint = hint
    self.provider = provider
    self.model = model
    self.phase = phase
    self.emitted = emitted
    self.status = status
    self.providerCode = providerCode
    self.retryAfter = retryAfter
    self.request = request
  }
}

extension ProviderError {
  /// That all keys are exhausted, with the words of the failure that a call has just seen itself.
  func because(of cause: ProviderError) -> ProviderError {
    var error = ProviderError(
      kind, "\(Self.allExhausted): \(cause.message)", hint: hint, provider: provider, model: model,
      phase: cause.phase,
      emitted: cause.emitted, status: cause.status, providerCode: cause.providerCode)
    error.retryAfter = retryAfter
    error.request = cause.request
    error.cause = cause.kind
    return error
  }
}
