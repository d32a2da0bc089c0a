import Basics
import Fetch

/// Who is called with what, as far as its events and errors have to say so.
package struct ProviderOrigin: Sendable {
  /// The name in `ProviderTable`.
  package var provider: String
  /// The provider's name as people write it.
  package var title: String
  package var model: String
  /// Keys in use; masked wherever the server repeats them.
  package var secrets: [String]
  /// What to try when the server cannot be reached.
  package var reachHint: String
  /// What to try when the server refuses the key.
  package var keyHint: String
  /// What to try when the server forbids the call although its key is right; nil for the advice about the key.
  package var permissionHint: String?
  /// What to try when the server does not know the model; nil for the general advice.
  package var modelHint: String?
  /// Which of the provider's dialects is spoken, where it has several; nil for its usual one.
  package var variant: String?
  /// Whether `<think>…</think>` at an answer's beginning is reasoning.
  var readsThinkTags = false
  /// What the provider was to do, as it follows "Failed to ".
  var task = "stream"
  /// The setting that holds the API's address; nil for `<PROVIDER>_BASE_URL`.
  var addressVariable: String?

  package init(
    provider: String, title: String, model: String, secrets: [String] = [], reachHint: String,
    keyHint: String, permissionHint: String? = nil,
    modelHint: String? = nil
  ) {
    self.provider = provider
    self.title = title
    self.model = model
    self.secrets = secrets
    self.reachHint = reachHint
    self.keyHint = keyHint
    self.permissionHint = permissionHint
    self.modelHint = modelHint
  }

  /// An error of this call, with the sentence that every stream failure begins with and without secrets.
  package func failure(
    _ kind: ProviderError.Kind, _ reason: String, hint: String? = nil, phase: ProviderError.Phase = .stream
  ) -> ProviderError {
    ProviderError(
      kind, "Failed to \(task) from \(title): \(SecretMask.mask(reason, known: secrets))",
      hint: hint ?? self.hint(kind),
      provider: provider, model: model, phase: phase)
  }

  /// The answer ended without saying that it is complete (an end of the connection is no proof).
  package func truncated() -> ProviderError {
    failure(.truncated, "the answer ended before it was complete.")
  }

  /// What to try when whoever answers is not the provider's API.
  var addressHint: String {
    "Check the agent's config.baseUrl or \(addressVariable ?? "\(provider.uppercased())_BASE_URL"): it must be the address of the API itself."
  }

  /// The status was good, but what came has nothing of an answer: a web page, nothing at all.
  func noAnswer(_ opening: AnswerOpening) -> ProviderError {
    failure(
      opening.isEmpty ? .truncated : .malformed,
      "the server sent \(opening.words) instead of a stream or JSON.", hint: addressHint)
  }

  /// A transfer's failure as this call's.
  func failure(_ error: FetchError, phase: ProviderError.Phase) -> ProviderError {
    let kind: ProviderError.Kind =
      switch error.kind {
      case .cancelled: .cancelled
      case .badURL, .badField, .blockedAddress: .invalidRequest
      case .timeoutFirstByte, .timeoutIdle, .timeoutTotal: .timeout
      case .timeoutConnect, .hostNotFound, .connectFailed, .tlsFailed, .connectionLost, .curlFailed: .network
      case .truncated: .truncated
      case .invalidResponse: .malformed
      }
    let isUnreachable = [.timeoutConnect, .hostNotFound, .connectFailed].contains(error.kind)
    return failure(
      kind, error.message, hint: isUnreachable ? reachHint : error.hint ?? hint(kind), phase: phase)
  }

  private func hint(_ kind: ProviderError.Kind) -> String? {
    switch kind {
    case .authentication: keyHint
    case .permission: permissionHint ?? keyHint
    case .billing: "Add credit at \(title), or use another key."
    case .quota, .rateLimit: "Wait, or use another key or provider."
    case .modelNotFound: modelHint ?? "Check the agent's model; \(title) does not offer \(model) to this key."
    case .contextLength: "Start a new conversation, or use a model with a larger context."
    case .overloaded, .loading, .server: "Try again in a moment."
    case .network: reachHint
    case .truncated, .malformed: "Ask again; what came until then is kept."
    default: nil
    }
  }
}
