import Basics
import Fetch
import TestKit
import Testing
import Wire

@testable import Providers

struct ConverseFailureTests {
  private typealias Samples = ConverseSamples

  static let exceptions: [(type: String, body: String, kind: ProviderError.Kind, message: String)] = [
    ("throttlingException", #"{"message":"Too many requests"}"#, .rateLimit, "Too many requests"),
    (
      "throttlingException", #"{"message":"Too many tokens per day, please wait before trying again."}"#,
      .quota,
      "Too many tokens per day, please wait before trying again."
    ),
    (
      "validationException", #"{"message":"Malformed input request"}"#, .invalidRequest,
      "Malformed input request"
    ),
    (
      "validationException", #"{"message":"Input is too long for requested model."}"#, .contextLength,
      "Input is too long for requested model."
    ),
    ("internalServerException", #"{"message":"oops"}"#, .server, "oops"),
    ("serviceUnavailableException", #"{"message":"busy"}"#, .overloaded, "busy"),
    ("modelStreamErrorException", #"{"message":"m"}"#, .server, "m"),
    (
      "modelStreamErrorException", #"{"message":"m","originalStatusCode":429,"originalMessage":"slow"}"#,
      .rateLimit,
      "m"
    ),
    (
      "modelStreamErrorException", #"{"originalStatusCode":400,"originalMessage":"bad"}"#, .invalidRequest,
      "bad"
    ),
    ("somethingNewException", #"{"message":"m"}"#, .server, "m"),
    ("throttlingException", "not JSON", .rateLimit, "not JSON"),
    ("throttlingException", "", .rateLimit, "the server reported an error in its answer."),
  ]

  @Test(arguments: exceptions.indices)
  func `an exception ends the stream after the text before it`(index: Int) {
    let (type, body, kind, message) = Self.exceptions[index]
    let answer = Samples.answer(Array(Samples.text[..<2]) + [.exception(type, body)])
    #expect(answer.text == "Héllo")
    #expect(answer.error?.kind == kind)
    #expect(answer.error?.message == "Failed to stream from AWS Bedrock: \(message)")
    #expect(answer.error?.providerCode == type)
    #expect(answer.finish == nil)
  }

  @Test func `an exception can be all there is`() {
    let answer = Samples.answer([.exception("validationException", #"{"message":"m"}"#)])
    #expect(answer.events.isEmpty && answer.error?.kind == .invalidRequest)
  }

  @Test func `an exception leaves open calls that must not be executed`() {
    let answer = Samples.answer(Array(Samples.toolUse[..<14]) + [.exception("internalServerException", "{}")])
    #expect(answer.events.last == .toolCallEnd(index: 0, arguments: #"{"city":"Rome"}"#, isValid: false))
    #expect(answer.error?.kind == .server)
  }

  @Test func `an error outside the model's words ends the stream`() {
    let answer = Samples.answer([
      Samples.text[0],
      .text([":message-type": "error", ":error-code": "InternalFailure", ":error-message": "it broke"]),
    ])
    #expect(answer.error?.kind == .server)
    #expect(answer.error?.providerCode == "InternalFailure")
    #expect(answer.error?.message.hasSuffix(": it broke") == true)
  }

  @Test func `secrets that the server repeats are masked`() {
    let answer = Samples.answer([
      .exception("validationException", #"{"message":"bad TOKENEXAMPLE== of AKIAIOSFODNN7EXAMPLE"}"#)
    ])
    #expect(answer.error?.message.contains("TOKENEXAMPLE") == false)
    #expect(answer.error?.message.contains("AKIAIOSFODNN7") == false)
  }

  // MARK: Damage

  @Test func `a damaged message ends the answer after the text before it`() {
    var bytes = Samples.bytes(Array(Samples.text[..<3]))
    bytes[bytes.count - 20] ^= 1
    for split in [[bytes], bytes.map { [$0] }] {
      let answer = Decoded(Samples.decoder(), split)
      #expect(answer.text == "Héllo")
      #expect(answer.error?.kind == .malformed)
      #expect(answer.error?.message.contains("checksum") == true)
    }
  }

  @Test func `a message that breaks off is a truncated answer`() {
    let bytes = Samples.bytes(Samples.text)
    let stop = Samples.bytes(Array(Samples.text[..<5])).count
    for count in 1..<bytes.count {
      let answer = Decoded(Samples.decoder(), [Array(bytes[..<count])])
      if count < stop {
        #expect(answer.error?.kind == .truncated, "\(count)")
      } else {
        #expect(answer.error == nil && answer.finish == .stop, "\(count)")
      }
    }
  }

  @Test func `an empty body and a page are no answer`() {
    #expect(Decoded(Samples.decoder(), []).error?.kind == .truncated)
    let page = Decoded(
      Samples.decoder(type: "text/html"), [Array("<html><body>Hello there</body></html>".utf8)])
    #expect(page.error?.kind == .malformed)
    #expect(page.error?.message.contains("a web page") == true)
    #expect(page.error?.hint?.contains("AWS_ENDPOINT_URL_BEDROCK_RUNTIME") == true)
  }

  @Test func `an event that is no JSON ends the answer`() {
    let answer = Samples.answer([Samples.text[0], .event("contentBlockDelta", "{")])
    #expect(answer.error?.kind == .malformed)
  }

  // MARK: Statuses

  static let refusals: [(status: Int, type: String?, body: String, kind: ProviderError.Kind, code: String?)] =
    [
      (400, "ValidationException", #"{"message":"m"}"#, .invalidRequest, "ValidationException"),
      (
        400, "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
        #"{"message":"Input is too long for requested model."}"#, .contextLength, "ValidationException"
      ),
      (
        400, "ValidationException",
        #"{"message":"Invocation of model ID amazon.nova-lite-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model."}"#,
        .modelNotFound, "ValidationException"
      ),
      (
        400, "ValidationException", #"{"message":"The provided model identifier is invalid."}"#,
        .modelNotFound,
        "ValidationException"
      ),
      (
        400, "ValidationException", #"{"message":"This model doesn't support tool use in streaming mode."}"#,
        .unsupported, "ValidationException"
      ),
      (400, "ServiceQuotaExceededException", #"{"message":"m"}"#, .quota, "ServiceQuotaExceededException"),
      (400, "ThrottlingException", #"{"message":"m"}"#, .rateLimit, "ThrottlingException"),
      (
        403, "AccessDeniedException",
        #"{"message":"You don't have access to the model with the specified model ID."}"#, .permission,
        "AccessDeniedException"
      ),
      (
        403, "AccessDeniedException",
        #"{"Message":"User: arn:aws:iam::1:user/a is not authorized to perform: bedrock:InvokeModel"}"#,
        .permission,
        "AccessDeniedException"
      ),
      (
        403, nil,
        #"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"Authentication failed"}"#,
        .authentication, "AccessDeniedException"
      ),
      (
        403, "UnrecognizedClientException",
        #"{"message":"The security token included in the request is invalid."}"#,
        .authentication, "UnrecognizedClientException"
      ),
      (403, "InvalidSignatureException", #"{"message":"m"}"#, .authentication, "InvalidSignatureException"),
      (403, "ExpiredTokenException", #"{"message":"m"}"#, .authentication, "ExpiredTokenException"),
      (403, "MissingAuthenticationToken", "{}", .authentication, "MissingAuthenticationToken"),
      (403, "IncompleteSignature", "{}", .authentication, "IncompleteSignature"),
      (404, "ResourceNotFoundException", #"{"message":"m"}"#, .modelNotFound, "ResourceNotFoundException"),
      (408, "ModelTimeoutException", #"{"message":"m"}"#, .timeout, "ModelTimeoutException"),
      (424, "ModelErrorException", #"{"message":"m"}"#, .server, "ModelErrorException"),
      (
        424, "ModelErrorException", #"{"message":"m","originalStatusCode":503}"#, .overloaded,
        "ModelErrorException"
      ),
      (429, "ThrottlingException", #"{"message":"Too many tokens per day"}"#, .quota, "ThrottlingException"),
      (429, "ModelNotReadyException", #"{"message":"m"}"#, .loading, "ModelNotReadyException"),
      (500, "InternalServerException", #"{"message":"m"}"#, .server, "InternalServerException"),
      (503, "ServiceUnavailableException", #"{"message":"m"}"#, .overloaded, "ServiceUnavailableException"),
      (503, nil, "<html><title>503 Service Temporarily Unavailable</title></html>", .overloaded, nil),
    ]

  @Test(arguments: refusals.indices)
  func `a status and a name make a class`(index: Int) {
    let (status, type, body, kind, code) = Self.refusals[index]
    var fields: [(name: String, value: String)] = [("x-amzn-requestid", "r1")]
    if let type { fields.append(("x-amzn-errortype", type)) }
    let error = ErrorClassifier(Samples.origin).refusal(
      FetchHead(status: status, fields: fields), body: Array(body.utf8))
    #expect(error.kind == kind)
    #expect(error.status == status && error.providerCode == code && error.request == "r1")
  }
}
