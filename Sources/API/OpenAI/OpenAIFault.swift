import Basics
import Model
import WebServer
import Wire

/// Why there is no answer, as clients of OpenAI read it: `{"error":{"message","type","param","code"}}`.
///
/// Its status decides what the official clients do: they try again after 408, 409, 429 and from 500 on, unless `x-should-retry` says
/// something else, and wait for `Retry-After`. No status is ever 401, which would blame the caller's own key: a provider's refusal of the
/// hub's key is the hub's affair.
struct OpenAIFault: Error, Equatable {
  let status: HTTPStatus
  let message: String
  /// The member of the request that is wrong.
  let param: String?
  /// OpenAI's own code where it has one, else the hub's.
  let code: String?
  let retryAfterMilliseconds: Int?
  /// Whether the same request may find better luck.
  let isPassing: Bool

  /// Something is wrong with the request.
  init(_ message: String, status: HTTPStatus = 400, param: String?, code: String?) {
    self.status = status
    self.message = message
    self.param = param
    self.code = code
    retryAfterMilliseconds = nil
    isPassing = false
  }

  /// Says what a coded error says, and of another one only that it happened: its words may hold anything.
  init(_ error: any Error) {
    if let fault = error as? OpenAIFault {
      self = fault
    } else if let coded = error as? any CodedError {
      self.init(
        RunFailure(
          code: coded.code, message: coded.message, hint: coded.hint,
          retryAfterMilliseconds: coded.retryAfterMilliseconds))
    } else {
      self.init(RunFailure(code: "internal", message: "The hub could not answer this request."))
    }
  }

  /// Says what an answer of the hub's own form says.
  init(_ answer: ErrorAnswer) {
    self.init(
      RunFailure(code: answer.code, message: answer.details ?? answer.error, hint: answer.hint),
      status: answer.status)
  }

  /// Says why a run has no answer.
  ///
  /// - Parameter status: nil takes the status of the code.
  init(_ failure: RunFailure, status: HTTPStatus? = nil) {
    // That all keys rest says less than why they do.
    let code = failure.code == "provider_keys_exhausted" ? failure.cause ?? failure.code : failure.code
    self.status = status ?? Self.statuses[code] ?? ErrorTable.status(of: code)
    message = failure.advice
    param = Self.params[code]
    self.code = Self.codes[code] ?? code
    retryAfterMilliseconds = failure.retryAfterMilliseconds
    isPassing = Self.isPassing(code, wait: failure.retryAfterMilliseconds)
  }

  /// The official clients wait a minute at most, whatever they are told.
  private static let longestWait = 60_000

  private static func isPassing(_ code: String, wait: Int?) -> Bool {
    if let wait, wait > longestWait { return false }
    // Where nobody knows how long keys rest, an operator has to mend something first.
    if code == "provider_keys_exhausted" { return wait != nil }
    return passing.contains(code)
  }

  /// Where clients of OpenAI expect another status than those of the hub.
  private static let statuses: [String: HTTPStatus] = [
    "agent_paused": 404, "run_stopped": 409, "provider_unknown": 500,
  ]

  /// What OpenAI has a code of its own for; programs look for these.
  private static let codes = [
    "agent_not_found": "model_not_found", "agent_paused": "model_not_found",
    "provider_model_not_found": "model_not_found", "provider_context_length": "context_length_exceeded",
    "provider_content_filter": "content_filter", "provider_rate_limited": "rate_limit_exceeded",
    "rate_limited": "rate_limit_exceeded", "provider_quota": "insufficient_quota",
    "budget_exhausted": "insufficient_quota", "provider_billing": "insufficient_quota",
  ]

  private static let params = [
    "agent_not_found": "model", "agent_paused": "model", "message_too_long": "messages",
    "provider_context_length": "messages", "conversation_not_found": "metadata.conversation",
  ]

  /// What may have passed when the client tries again.
  private static let passing: Set<String> = [
    "provider_rate_limited", "rate_limited", "provider_overloaded", "provider_busy", "provider_loading",
    "provider_circuit_open", "provider_server_error", "provider_unreachable",
    "provider_truncated", "provider_timeout", "draining", "interrupted", "store_closed", "database_locked",
    "too_many_connections",
  ]

  /// The class of the fault, in OpenAI's words.
  var type: String {
    switch status.code {
    case 429: code == "insufficient_quota" ? "insufficient_quota" : "rate_limit_error"
    case 400..<500: "invalid_request_error"
    default: "server_error"
    }
  }

  var json: JSON {
    [
      "error": [
        "message": .string(message), "type": .string(type), "param": .optional(param),
        "code": .optional(code),
      ]
    ]
  }

  var response: Response {
    var response = Response.json(json, status: status)
    guard status.code == 408 || status.code == 409 || status.code == 429 || status.code >= 500 else {
      return response
    }
    response.fields.set("x-should-retry", isPassing ? "true" : "false")
    if isPassing, status.code == 429 || status.code == 503 {
      let milliseconds = max(1, retryAfterMilliseconds ?? 1000)
      response.fields.set("Retry-After", "\((milliseconds + 999) / 1000)")
    }
    return response
  }
}

extension OpenAIFault {
  /// Whether a path belongs to the front door, so that all errors look as OpenAI's do.
  static func isAt(_ path: String?) -> Bool { path == "/v1" || path?.hasPrefix("/v1/") == true }
}

extension ErrorAnswer {
  /// The answer in the form that the path's clients read.
  func response(to request: Request) -> Response {
    OpenAIFault.isAt(request.path) ? OpenAIFault(self).response : response
  }
}
