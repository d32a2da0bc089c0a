import Basics
import Model
import Pipelines
import Storage
import Testing
import WebServer
import Wire

@testable import API

/// Errors as OpenAI's clients read them, and what they make those do.
struct OpenAIFaultTests {
  static let failures: [(String, status: UInt16, code: String, retry: String?)] = [
    ("agent_not_found", 404, "model_not_found", nil), ("agent_paused", 404, "model_not_found", nil),
    ("provider_model_not_found", 404, "model_not_found", nil),
    ("provider_context_length", 400, "context_length_exceeded", nil),
    ("provider_content_filter", 400, "content_filter", nil),
    ("message_too_long", 413, "message_too_long", nil),
    ("idempotency_key_reused", 422, "idempotency_key_reused", nil),
    ("provider_rate_limited", 429, "rate_limit_exceeded", "true"),
    ("provider_quota", 429, "insufficient_quota", "false"),
    ("budget_exhausted", 429, "insufficient_quota", "false"),
    ("provider_unauthorized", 502, "provider_unauthorized", "false"),
    ("provider_forbidden", 502, "provider_forbidden", "false"),
    ("provider_billing", 502, "insufficient_quota", "false"),
    ("provider_key_missing", 503, "provider_key_missing", "false"),
    ("provider_overloaded", 503, "provider_overloaded", "true"),
    ("provider_keys_exhausted", 503, "provider_keys_exhausted", "false"),
    ("provider_timeout", 504, "provider_timeout", "true"), ("draining", 503, "draining", "true"),
    ("run_stopped", 409, "run_stopped", "false"),
    ("tool_rounds_exhausted", 500, "tool_rounds_exhausted", "false"),
    ("internal", 500, "internal", "false"),
  ]

  @Test(arguments: failures)
  func `each failure has its status, and says whether to try again`(
    name: String, status: UInt16, code: String, retry: String?
  ) {
    let fault = OpenAIFault(RunFailure(code: name, message: "It went wrong.", hint: "Mend it."))
    let response = fault.response
    #expect(fault.status.code == Int(status) && fault.code == code, "\(fault)")
    #expect(response.fields["x-should-retry"] == retry)
    #expect(fault.json["error"]?.object?.names == ["message", "type", "param", "code"])
    #expect(fault.message == "It went wrong. Mend it." && fault.status != 401)
    let waits = retry == "true" && [429, 503].contains(fault.status.code)
    #expect(response.fields["Retry-After"] == (waits ? "1" : nil))
  }

  @Test(
    arguments: [
      ("provider_rate_limited", 7000, "7", "true"), ("provider_rate_limited", 7001, "8", "true"),
      ("provider_keys_exhausted", 500, "1", "true"), ("provider_rate_limited", 61_000, nil, "false"),
      ("provider_unauthorized", 1000, nil, "false"),
    ] as [(String, Int, String?, String)])
  func `a client is told how long to wait, unless it would not`(
    code: String, milliseconds: Int, field: String?, retry: String
  ) {
    let failure = RunFailure(code: code, message: "x", retryAfterMilliseconds: milliseconds)
    let response = OpenAIFault(failure).response
    #expect(response.fields["Retry-After"] == field && response.fields["x-should-retry"] == retry)
  }

  @Test(
    arguments: [
      (400, nil, "invalid_request_error"), (404, nil, "invalid_request_error"),
      (429, nil, "rate_limit_error"),
      (429, "insufficient_quota", "insufficient_quota"), (500, nil, "server_error"),
      (503, nil, "server_error"),
    ] as [(UInt16, String?, String)])
  func `faults have OpenAI's classes`(status: UInt16, code: String?, type: String) {
    let failure = RunFailure(code: code ?? "x", message: "x")
    #expect(OpenAIFault(failure, status: .init(Int(status))).type == type)
  }

  @Test(arguments: [
    ("provider_rate_limited", 429, "rate_limit_exceeded", "true"),
    ("provider_overloaded", 503, "provider_overloaded", "true"),
    ("provider_unauthorized", 502, "provider_unauthorized", "false"),
    ("provider_quota", 429, "insufficient_quota", "false"),
  ])
  func `keys that rest are told of by the reason`(cause: String, status: Int, code: String, retry: String) {
    let failure = RunFailure(
      code: "provider_keys_exhausted", message: "x", cause: cause, retryAfterMilliseconds: 2000)
    let fault = OpenAIFault(failure)
    #expect(fault.status.code == status && fault.code == code)
    #expect(fault.response.fields["x-should-retry"] == retry)
  }

  @Test func `errors without a code tell nothing of themselves`() {
    struct Odd: Error, CustomStringConvertible { var description: String { "secret" } }
    let fault = OpenAIFault(Odd())
    #expect(fault.status == 500 && !fault.json.text.contains("secret"))
    #expect(OpenAIFault(RunError.draining).retryAfterMilliseconds == 1000)
    #expect(OpenAIFault(fault) == fault)
  }
}
