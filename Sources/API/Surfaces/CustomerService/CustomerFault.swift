import Basics
import Model
import Wire

/// How the customer service tells that there is no answer.
struct CustomerFault: Equatable, Sendable {
  let status: HTTPStatus
  /// What the page shows, or chooses a sentence by.
  let error: String
  /// More for people who read it; nothing of the hub's inside.
  let detail: String

  private init(_ status: HTTPStatus, _ error: String, _ detail: String) {
    self.status = status
    self.error = error
    self.detail = detail
  }

  /// What became of a run; nil for one that has answered.
  init?(_ ending: RunEnding) {
    switch ending.status {
    case .completed: return nil
    case .interrupted: self = .unavailable
    default: self.init(code: Self.told(ending.failure))
    }
  }

  /// That all keys rest is nothing to customers; why they do is what the replaced system told.
  private static func told(_ failure: RunFailure?) -> String? {
    failure?.code == "provider_keys_exhausted" ? failure?.cause ?? failure?.code : failure?.code
  }

  /// The fault of an error's code.
  init(code: String?) {
    self =
      switch code {
      case "provider_key_missing"?, "provider_unauthorized"?, "provider_forbidden"?, "provider_billing"?,
        "provider_keys_exhausted"?, "agent_not_found"?:
        .configuration
      case "provider_rate_limited"?, "provider_quota"?, "budget_exhausted"?: .busy
      case "provider_unreachable"?, "provider_overloaded"?, "provider_busy"?, "provider_circuit_open"?,
        "provider_loading"?, "draining"?, "interrupted"?:
        .unavailable
      case "provider_timeout"?: .timeout
      case let code? where code.hasPrefix("provider_"): .service
      default: .failed
      }
  }

  private static let configuration = Self(
    500, "Service configuration error",
    "Configuration error: the language model's keys are missing, were refused or rest. The server's log says which."
  )
  private static let busy = Self(
    429, "Service temporarily unavailable", "Too many requests. Please wait a moment and try again.")
  private static let unavailable = Self(
    503, "Service temporarily unavailable", "The AI service cannot be reached. Please try again in a moment.")
  private static let timeout = Self(
    504, "Request timeout", "The AI service took too long to answer. Please try again.")
  private static let service = Self(500, "AI service error", "The AI service answered with an error.")
  private static let failed = Self(
    500, "Failed to process the message", "An unexpected error occurred. Please try again.")

  /// The body of an answer that is no stream.
  func json(session: String) -> JSON {
    ["error": .string(error), "detail": .string(detail), "session_id": .string(session)]
  }
}
