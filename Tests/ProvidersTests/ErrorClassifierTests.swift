import Basics
import Fetch
import Testing

@testable import Providers

struct ErrorClassifierTests {
  static let rows: [(status: Int, body: String, kind: ProviderError.Kind, message: String)] = [
    (
      401,
      #"{"error":{"message":"Incorrect key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
      .authentication, "Incorrect key (HTTP 401)"
    ),
    (
      429, #"{"error":{"message":"quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
      .billing, "quota (HTTP 429)"
    ),
    (
      402,
      #"{"status":402,"error":"Payment Required","message":"Insufficient credits. Please add credits to continue."}"#,
      .billing, "Payment Required (HTTP 402)"
    ),
    (
      402, #"{"error":{"code":402,"message":"m","metadata":{"limit_source":"openrouter_in_flight_budget"}}}"#,
      .rateLimit, "m (HTTP 402)"
    ),
    (400, #"{"error":{"message":"m","code":"context_length_exceeded"}}"#, .contextLength, "m (HTTP 400)"),
    (
      400,
      #"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}"#,
      .contextLength, "the request exceeds the available context size (HTTP 400)"
    ),
    (
      400,
      #"{"object":"error","message":"This model's maximum context length is 8","type":"BadRequestError","param":null,"code":400}"#,
      .contextLength, "This model's maximum context length is 8 (HTTP 400)"
    ),
    (
      403, #"{"error":{"message":"input tokens + max_tokens exceed"}}"#, .contextLength,
      "input tokens + max_tokens exceed (HTTP 403)"
    ),
    (
      400,
      #"{"error":{"code":"content_filter","message":"m","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
      .contentFilter, "m (HTTP 400)"
    ),
    (
      403, #"{"error":{"code":403,"message":"flagged","metadata":{"reasons":["x"],"flagged_input":"y"}}}"#,
      .contentFilter, "flagged (HTTP 403)"
    ),
    (
      404, #"{"error":{"message":"m","type":"invalid_request_error","code":"model_not_found"}}"#,
      .modelNotFound, "m (HTTP 404)"
    ),
    (404, #"{"error":"model 'x' not found"}"#, .modelNotFound, "model 'x' not found (HTTP 404)"),
    (
      500, #"{"error":"Model does not exist or has yet to be added to the Bytez catalog.","output":null}"#,
      .modelNotFound, "Model does not exist or has yet to be added to the Bytez catalog. (HTTP 500)"
    ),
    (403, "", .permission, "HTTP 403."),
    (
      400, #"{"error":"\"m\" does not support tools"}"#, .unsupported,
      "\"m\" does not support tools (HTTP 400)"
    ),
    (
      400, #"{"error":{"message":"Use 'max_completion_tokens'","code":"unsupported_parameter"}}"#,
      .unsupported, "Use 'max_completion_tokens' (HTTP 400)"
    ),
    (
      429, #"{"error":{"message":"Limit 100 per day","code":"rate_limit_exceeded"}}"#, .quota,
      "Limit 100 per day (HTTP 429)"
    ),
    (
      503, #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, .loading,
      "Loading model (HTTP 503)"
    ),
    (429, #"{"error":"Rate limit exceeded","output":null}"#, .rateLimit, "Rate limit exceeded (HTTP 429)"),
    (408, "", .timeout, "HTTP 408."), (524, "", .timeout, "HTTP 524."),
    (
      503, #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#, .overloaded,
      "server busy, please try again.  maximum pending requests exceeded (HTTP 503)"
    ),
    (529, "{}", .overloaded, "{} (HTTP 529)"),
    (500, #"{"error":{"message":"oops"}}"#, .server, "oops (HTTP 500)"),
    (
      502, "<html><head><TITLE>502 Bad Gateway</TITLE></head><body>x</body></html>", .server,
      "502 Bad Gateway (HTTP 502)"
    ),
    (502, "<!doctype html><p>x", .server, "an HTML page (HTTP 502)"),
    (302, "", .invalidRequest, "the server redirects (HTTP 302), so the base URL is not the API's."),
    (
      422, #"{"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]}"#, .invalidRequest,
      "field required (HTTP 422)"
    ),
    (422, #"{"detail":"Not ok"}"#, .invalidRequest, "Not ok (HTTP 422)"),
    (
      400, #"[{"error":{"code":400,"message":"wrapped","status":"INVALID_ARGUMENT"}}]"#, .invalidRequest,
      "wrapped (HTTP 400)"
    ),
    (418, "plain\u{7}\ntext", .invalidRequest, "plain text (HTTP 418)"),
    (
      400,
      #"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#,
      .authentication, "API key not valid. (HTTP 400)"
    ),
    (
      400, #"{"error":{"code":400,"message":"m","status":"FAILED_PRECONDITION"}}"#, .permission,
      "m (HTTP 400)"
    ),
    (
      400,
      #"{"error":{"code":400,"message":"The input token count (9) exceeds the maximum","status":"INVALID_ARGUMENT"}}"#,
      .contextLength, "The input token count (9) exceeds the maximum (HTTP 400)"
    ),
    (
      429,
      #"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}"#,
      .quota, "m (HTTP 429)"
    ),
    (
      429, #"[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]"#, .rateLimit,
      "m (HTTP 429)"
    ),
    (403, #"{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}"#, .permission, "m (HTTP 403)"),
    (404, #"{"error":{"code":404,"message":"m","status":"NOT_FOUND"}}"#, .modelNotFound, "m (HTTP 404)"),
    (503, #"{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"#, .overloaded, "m (HTTP 503)"),
    (
      400,
      #"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}"#,
      .billing, "Your credit balance is too low to access the API. (HTTP 400)"
    ),
    (
      529,
      #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
      .overloaded, "Overloaded (HTTP 529)"
    ),
    (
      413, #"{"type":"error","error":{"type":"request_too_large","message":"m"}}"#, .invalidRequest,
      "m (HTTP 413)"
    ),
    (499, "", .cancelled, "HTTP 499."),
  ]

  @Test(arguments: rows.indices)
  func `a refusal is classified and keeps its words`(index: Int) {
    let row = Self.rows[index]
    let error = ErrorClassifier(DecoderKit.origin).refusal(
      FetchHead(status: row.status), body: Array(row.body.utf8))
    #expect(error.kind == row.kind, "\(row.body)")
    // A model that is not there is named, since servers often do not.
    let model = row.kind == .modelNotFound ? "the model \(DecoderKit.origin.model) was not found: " : ""
    #expect(error.message == "Failed to stream from OpenAI: \(model)\(row.message)")
    #expect(error.status == row.status)
    #expect(error.phase == .head)
  }

  @Test func `a redirect names the address to check`() {
    let error = ErrorClassifier(DecoderKit.origin).refusal(FetchHead(status: 308), body: [])
    #expect(error.hint?.contains("config.baseUrl") == true && error.hint?.contains("OPENAI_BASE_URL") == true)
  }

  @Test func `a hint of its own for a forbidden call wins`() {
    var origin = DecoderKit.ollama
    #expect(ErrorClassifier(origin).refusal(FetchHead(status: 403), body: []).hint == "key")
    origin.permissionHint = "use localhost"
    #expect(ErrorClassifier(origin).refusal(FetchHead(status: 403), body: []).hint == "use localhost")
  }

  @Test(
    arguments: [
      ("", "an empty answer"), (" \n\n", "an empty answer"), ("\n<!doctype html>\n{\nx", "a web page"),
      ("OK", "some other text"),
    ], ["text/html", "application/json", "ollama"])
  func `a good answer that is none says what came`(answer: (body: String, words: String), type: String) {
    let decoder: any ProviderDecoder =
      type == "ollama" ? OllamaDecoder(origin: DecoderKit.ollama) : DecoderKit.chat(type: type)
    guard !(answer.body == "OK" && type == "application/json") else { return }  // is told as wrong JSON
    let error = Decoded(decoder, answer.body.utf8.map { [$0] }).error
    #expect(error?.kind == (answer.words == "an empty answer" ? .truncated : .malformed))
    #expect(error?.message.hasSuffix("the server sent \(answer.words) instead of a stream or JSON.") == true)
    #expect(error?.hint?.contains(type == "ollama" ? "OLLAMA_BASE_URL" : "OPENAI_BASE_URL") == true)
  }

  @Test func `every kind has its own code`() {
    #expect(Set(ProviderError.Kind.allCases.map(\.rawValue)).count == ProviderError.Kind.allCases.count)
  }

  @Test func `a long message is cut`() {
    let body = #"{"error":"\#(String(repeating: "x", count: 5000))"}"#
    let error = ErrorClassifier(DecoderKit.origin).refusal(FetchHead(status: 500), body: Array(body.utf8))
    #expect(error.message.count == 500)
  }

  @Test func `a key that the server repeats is masked`() {
    var origin = DecoderKit.origin
    origin.secrets = ["my-odd-secret-9876"]
    let body = #"{"error":{"message":"Bad keys my-odd-secret-9876 and sk-proj-abcdefghijkl1234"}}"#
    let error = ErrorClassifier(origin).refusal(FetchHead(status: 401), body: Array(body.utf8))
    #expect(error.message == "Failed to stream from OpenAI: Bad keys ***9876 and ***1234 (HTTP 401)")
  }
}

struct SecretMaskTests {
  @Test(
    arguments: [
      ("key sk-abcdefghijklmnop.", "key ***nop."), ("AIzaSyA1234567890abcd", "***abcd"),
      ("id AKIAIOSFODNN7EXAMPLE!", "id ***MPLE!"),
      ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer ***5678"),
      ("bearer short", "bearer short"), ("ask-me risk-free sk-", "ask-me risk-free sk-"), ("", ""),
      ("sk-é🦙", "sk-é🦙"),
      ("\"sk-1234567\"", "\"***\""),
    ])
  func `what looks like a key is masked`(text: String, masked: String) {
    #expect(SecretMask.mask(text) == masked)
  }

  @Test func `a short key shows nothing of itself`() {
    #expect(SecretMask.shown("abcdefgh") == "***")
    #expect(SecretMask.shown("abcdefghijkl") == "***ijkl")
  }
}

struct RetryAfterTests {
  static let rows: [(fields: [(name: String, value: String)], message: String, milliseconds: Int64?)] = [
    ([("retry-after-ms", "1500.5"), ("retry-after", "9")], "", 1500), ([("retry-after", "2")], "", 2000),
    ([("retry-after", "0.25")], "", 250), ([("retry-after", "-1")], "", nil),
    ([("retry-after", "nan")], "", nil),
    ([("retry-after", "999999999")], "", 86_400_000),
    (
      [("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")], "",
      30_000
    ),
    ([("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")], "", nil),
    ([("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")], "", nil),
    ([("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m0s")], "", 360_000),
    ([("x-ratelimit-remaining-tokens", "-3"), ("x-ratelimit-reset-tokens", "2m52.8s")], "", 172_800),
    ([("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "1s")], "", nil),
    ([("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "547ms")], "", 547),
    (
      [
        ("anthropic-ratelimit-tokens-remaining", "0"),
        ("anthropic-ratelimit-tokens-reset", "1994-11-06T08:50:07Z"),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
      ], "", 30_000
    ),
    (
      [
        ("anthropic-ratelimit-input-tokens-remaining", "0"),
        ("anthropic-ratelimit-input-tokens-reset", "1994-11-06T08:50:07.5Z"),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
      ], "", 30_000
    ),
    ([("anthropic-ratelimit-tokens-remaining", "0"), ("anthropic-ratelimit-tokens-reset", "soon")], "", nil),
    ([], "Please try again in 1.5s.", 1500), ([], "try again in 20ms", 20), ([], "try again in a while", nil),
    ([], "again in", nil), ([], "", nil),
  ]

  @Test(arguments: rows.indices)
  func `a wait is read from fields, then from the message`(index: Int) {
    let row = Self.rows[index]
    let wait = RetryAfter.wait(
      FetchHead(status: 429, fields: row.fields), ErrorBody(json: ["message": .string(row.message)]))
    #expect(wait == row.milliseconds.map { .milliseconds($0) })
  }

  @Test func `Google tells the wait in the body`() {
    let error = ErrorBody(
      json: [
        "error": ["details": [["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"]]]
      ])
    #expect(RetryAfter.wait(FetchHead(status: 429), error) == .milliseconds(1500))
    #expect(RetryAfter.wait(error) == .milliseconds(1500))
  }

  @Test(arguments: [("true", true), ("false", false), ("maybe", nil)] as [(String, Bool?)])
  func `the server's own word on trying again is kept`(word: String, shouldRetry: Bool?) {
    let head = FetchHead(status: 500, fields: [("x-should-retry", word), ("request-id", "req_1")])
    let error = ErrorClassifier(DecoderKit.origin).refusal(head, body: [])
    #expect(error.shouldRetry == shouldRetry && error.request == "req_1")
  }

  @Test(
    arguments: [
      ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
      ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400), ("Sat, 21 Nov 2026 09:30:00 GMT", 1_795_253_400),
    ])
  func `an HTTP date is read`(text: String, seconds: Int64) {
    #expect(HTTPDate.seconds(text) == seconds)
  }
}
