import Basics
import Fetch

/// Turns a server's error into the class that decides what may be done about it. First match wins.
struct ErrorClassifier {
  private let origin: ProviderOrigin

  init(_ origin: ProviderOrigin) { self.origin = origin }

  /// An answer whose status is not good.
  func refusal(_ head: FetchHead, body: [UInt8]) -> ProviderError {
    var error = ErrorBody(bytes: body)
    error.type = error.type ?? head["x-amzn-errortype"]
    let kind = Self.kind(status: head.status, error)
    let hint = (300..<400).contains(head.status) ? origin.addressHint : nil
    var result = origin.failure(kind, reason(head.status, error, kind), hint: hint, phase: .head)
    result.status = head.status
    result.providerCode = error.code ?? error.type.map(AWSFailure.name)
    result.request = head.requestID
    result.retryAfter = RetryAfter.wait(head, error)
    result.shouldRetry = head["x-should-retry"].flatMap(Bool.init)
    return result
  }

  /// An error inside a stream whose status was good.
  ///
  /// - Parameter json: the chunk, with an `error` member or flat.
  func inStream(_ json: JSON) -> ProviderError {
    let error = ErrorBody(json: json)
    let status = error.code.flatMap(Int.init).flatMap { (400...599).contains($0) ? $0 : nil }
    let kind = Self.kind(status: status ?? 0, error)
    let message = error.message.isEmpty ? "the server reported an error in its answer." : error.message
    var result = origin.failure(kind, message)
    result.status = status
    result.providerCode = error.code ?? error.type.map(AWSFailure.name)
    result.retryAfter = RetryAfter.wait(error)
    return result
  }

  private func reason(_ status: Int, _ error: ErrorBody, _ kind: ProviderError.Kind) -> String {
    guard !(300..<400).contains(status) else {
      return "the server redirects (HTTP \(status)), so the base URL is not the API's."
    }
    let words = error.message.isEmpty ? "HTTP \(status)." : "\(error.message) (HTTP \(status))"
    // Gateways often say no more than "not found"; surfaces show the message without its hint.
    guard kind == .modelNotFound, !words.contains(origin.model) else { return words }
    return "the model \(origin.model) was not found: \(words)"
  }

  /// - Parameter status: 0 when the error came inside a good answer and names no status.
  static func kind(status: Int, _ error: ErrorBody) -> ProviderError.Kind {
    let facts = Facts(status: error.originalStatus ?? status, error)
    if error.originalStatus == nil, let kind = AWSFailure.kind(error.type ?? "", text: facts.text) {
      return kind
    }
    return rules.first { $0.matches(facts) }?.kind ?? .invalidRequest
  }

  /// What rules look at; texts in lower case.
  fileprivate struct Facts {
    let status: Int
    let code: String
    let type: String
    let text: String
    let limitSource: String
    let isModeration: Bool
    let google: GoogleErrorDetails

    init(status: Int, _ error: ErrorBody) {
      self.status = status
      code = error.code?.lowercased() ?? ""
      type = error.type?.lowercased() ?? ""
      text = error.message.lowercased()
      limitSource = error.limitSource ?? ""
      isModeration = error.isModeration
      google = error.google
    }

    func isCalled(_ names: String...) -> Bool { names.contains(code) || names.contains(type) }
    func says(_ texts: String...) -> Bool { texts.contains { text.contains($0) } }
    func hasStatus(_ all: Int...) -> Bool { all.contains(status) }
  }

  private struct Rule: Sendable {
    let kind: ProviderError.Kind
    let matches: @Sendable (Facts) -> Bool
  }

  private static let rules: [Rule] = [
    Rule(kind: .rateLimit) { $0.status == 402 && $0.limitSource == "openrouter_in_flight_budget" },
    Rule(kind: .billing) {
      $0.isCalled(
        "insufficient_quota", "credit_balance_exhausted", "billing_error", "billing_hard_limit_reached")
        || $0.status == 402
        // Anthropic's word is 400.
        || $0.says("credit balance is too low")
    },
    Rule(kind: .authentication) {
      $0.status == 401 || $0.isCalled("invalid_api_key", "authentication_error", "unauthenticated")
        // Gemini's word is 400.
        || $0.google.reason == "API_KEY_INVALID"
    },
    Rule(kind: .contextLength) { isContextLength($0) },
    Rule(kind: .contentFilter) {
      $0.isCalled("content_filter", "content_policy_violation", "responsibleaipolicyviolation")
        || $0.status == 403 && $0.isModeration
    },
    Rule(kind: .modelNotFound) {
      $0.status == 404
        || $0.isCalled("model_not_found", "deploymentnotfound", "not_found_error", "not_found")
        || $0.says("bytez catalog", "try pulling it first", "model identifier is invalid")
    },
    Rule(kind: .permission) {
      $0.status == 403 || $0.isCalled("permission_error", "permission_denied", "failed_precondition")
    },
    Rule(kind: .unsupported) {
      [0, 400].contains($0.status)
        && ($0.says("does not support") || $0.isCalled("unsupported_parameter", "unsupported_value"))
    },
    Rule(kind: .quota) {
      $0.status == 429 && ($0.google.isDaily || $0.says("per day", "daily", "monthly", "perday"))
    },
    Rule(kind: .loading) { $0.isCalled("unavailable_error") || $0.status == 503 && $0.says("loading model") },
    Rule(kind: .rateLimit) {
      $0.status == 429
        || $0.isCalled(
          "rate_limit_exceeded", "rate_limit_error", "slow_down", "tokens", "requests", "resource_exhausted")
    },
    Rule(kind: .cancelled) { $0.status == 499 },
    Rule(kind: .timeout) {
      $0.hasStatus(408, 504, 524) || $0.isCalled("timeout_error", "deadline_exceeded")
    },
    Rule(kind: .overloaded) {
      $0.hasStatus(498, 503, 529) || $0.says("maximum pending requests")
        || $0.isCalled(
          "overloaded_error", "server_is_overloaded", "insufficient_system_resource", "unavailable")
    },
    Rule(kind: .invalidRequest) {
      $0.status == 0 && $0.isCalled("invalid_request_error", "request_too_large", "invalid_argument")
    },
    Rule(kind: .server) {
      $0.hasStatus(409, 424) || $0.status >= 500 || $0.isCalled("tool_use_failed") || $0.status == 0
    },
  ]

  private static func isContextLength(_ facts: Facts) -> Bool {
    if facts.isCalled("context_length_exceeded", "exceed_context_size_error") { return true }
    // Together answers 403 when input and limit exceed the context.
    if facts.status == 403, facts.says("tokens") { return true }
    guard facts.hasStatus(0, 400, 413, 422) else { return false }
    return facts.says(
      "context length", "context window", "context size", "prompt is too long", "input is too long",
      "maximum context", "too many tokens", "too many input tokens")
      || facts.says("token count") && facts.says("exceeds")
  }
}
