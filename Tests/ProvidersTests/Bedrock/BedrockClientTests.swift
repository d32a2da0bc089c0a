import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

/// Whole calls through real curl.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BedrockClientTests {
  private typealias Samples = ConverseSamples

  private static let type = "application/vnd.amazon.eventstream"
  private static let credentials = AWSCredentials(
    accessKey: "AKIDEXAMPLE", secretKey: AWSSignerTests.secret, sessionToken: "TOKEN/EXAMPLE+==")

  private static func settings(_ upstream: ScriptedUpstream) -> [String: String] {
    [
      "AWS_ACCESS_KEY_ID": credentials.accessKey, "AWS_SECRET_ACCESS_KEY": credentials.secretKey,
      "AWS_SESSION_TOKEN": credentials.sessionToken ?? "", "AWS_REGION": "eu-central-1",
      "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": upstream.url,
    ]
  }

  /// An answer in chunks that end anywhere.
  private static func chunks(of bytes: [UInt8], _ length: Int = 7) -> [ScriptedUpstream.Action] {
    stride(from: 0, to: bytes.count, by: length).map {
      .chunk(Array(bytes[$0..<min($0 + length, bytes.count)]))
    }
  }

  private static func upstream(
    _ actions: [ScriptedUpstream.Action], fields: [String] = ["x-amzn-RequestId: r1"]
  ) throws -> ScriptedUpstream {
    try ScriptedUpstream { _ in [.chunkedHead(type: type, fields: fields)] + actions }
  }

  @Test func `an answer streams, and its request is signed as it went over the wire`() async throws {
    let upstream = try Self.upstream(Self.chunks(of: Samples.bytes(Samples.toolUse)) + [.lastChunk])
    defer { upstream.stop() }
    let kit = try ClientKit(Self.settings(upstream))
    for model in [
      "us.amazon.nova-lite-v1:0", "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x", "odd %3A é",
    ] {
      let stream = try await kit.client.stream(try BedrockTests.call(model: model))
      var events: [ProviderEvent] = []
      while case .events(let more) = try await stream.next() { events += more }
      #expect(events.dropFirst() == Samples.toolUseEvents.dropFirst())
      #expect(events.first == .started(ProviderStart(provider: "bedrock", model: model, request: "r1")))
    }
    for request in upstream.requests { try Self.checkSignature(of: request, at: upstream) }
    #expect(upstream.requests.map(\.path).first == "/model/us.amazon.nova-lite-v1%3A0/converse-stream")
  }

  /// Signs what the server got once more, as the server would.
  private static func checkSignature(of request: ScriptedUpstream.Request, at upstream: ScriptedUpstream)
    throws
  {
    let date = try #require(request["x-amz-date"])
    #expect(request["host"] == "127.0.0.1:\(upstream.port)")
    #expect(request["x-amz-security-token"] == credentials.sessionToken)
    // The clock is the wall's, so the moment is one of the last minutes.
    let time = try #require(
      (0...300).map { Timestamp(milliseconds: Fetcher.wallTime.milliseconds - $0 * 1000) }
        .first { AWSSigner.moment($0) == date })
    var received = FetchRequest(
      url: try FetchURL(upstream.url + request.path),
      fields: [("Content-Type", request["content-type"] ?? "")],
      body: request.body)
    received.fields += [
      ("x-amz-date", date), ("x-amz-security-token", request["x-amz-security-token"] ?? ""),
    ]
    let canonical = CanonicalRequest(received)
    let signer = AWSSigner(credentials: credentials, region: "eu-central-1", service: "bedrock")
    let signature = HMAC.sha256(key: signer.key(at: time), message: signer.text(canonical, at: time).utf8)
    #expect(request["authorization"]?.hasSuffix("Signature=\(Hexadecimal.text(signature))") == true)
    #expect(request["authorization"]?.contains("SignedHeaders=\(canonical.names),") == true)
  }

  @Test func `a Bedrock API key goes as a bearer token, unsigned`() async throws {
    let upstream = try Self.upstream([.chunk(Samples.bytes(Samples.text)), .lastChunk])
    defer { upstream.stop() }
    var settings = Self.settings(upstream)
    settings["AWS_BEARER_TOKEN_BEDROCK"] = "ABSKexample"
    let answer = await (try ClientKit(settings)).answer(try BedrockTests.call())
    #expect(answer.text == "Héllo 🦙" && answer.finish == .stop && answer.error == nil)
    let request = try #require(upstream.requests.first)
    #expect(request["authorization"] == "Bearer ABSKexample")
    #expect(request["x-amz-date"] == nil && request["x-amz-security-token"] == nil)
  }

  @Test func `a whole answer comes from Converse`() async throws {
    let upstream = try ScriptedUpstream(
      .response(
        #"{"output":{"message":{"role":"assistant","content":[{"text":"21 C"}]}},"stopReason":"max_tokens"}"#)
    )
    defer { upstream.stop() }
    let answer = await (try ClientKit(Self.settings(upstream))).answer(
      try BedrockTests.call(["stream": false]))
    #expect(answer.text == "21 C" && answer.finish == .length)
    #expect(upstream.requests.first?.path == "/model/amazon.nova-lite-v1%3A0/converse")
  }

  @Test func `an exception after text is a typed error that knows of the text`() async throws {
    let messages = Samples.text[..<2] + [.exception("throttlingException", #"{"message":"Too many tokens"}"#)]
    let upstream = try Self.upstream(Self.chunks(of: Samples.bytes(Array(messages))) + [.lastChunk])
    defer { upstream.stop() }
    let answer = await (try ClientKit(Self.settings(upstream))).answer(try BedrockTests.call())
    #expect(answer.text == "Héllo")
    #expect(answer.error?.kind == .rateLimit)
    #expect(answer.error?.emitted == true && answer.error?.request == "r1")
  }

  @Test func `a connection that breaks after the reason to end harms nothing`() async throws {
    let upstream = try Self.upstream([.chunk(Samples.bytes(Array(Samples.text[..<5]))), .close])
    defer { upstream.stop() }
    let answer = await (try ClientKit(Self.settings(upstream))).answer(try BedrockTests.call())
    #expect(answer.text == "Héllo 🦙" && answer.finish == .stop && answer.error == nil)
  }

  @Test func `damage on the way ends the call`() async throws {
    var bytes = Samples.bytes(Samples.text)
    bytes[Samples.text[0].encoded.count + 60] ^= 4
    let upstream = try Self.upstream(Self.chunks(of: bytes) + [.stall])
    defer { upstream.stop() }
    let answer = await (try ClientKit(Self.settings(upstream))).answer(try BedrockTests.call())
    #expect(answer.error?.kind == .malformed && answer.text.isEmpty)
    #expect(await upstream.wait { $0.closedByPeer == 1 })
  }

  @Test func `a refusal says what AWS says, without secrets`() async throws {
    let words = "The request signature does not match; token TOKEN/EXAMPLE+==, key AKIDEXAMPLE"
    let upstream = try ScriptedUpstream(
      .response(
        #"{"message":"\#(words)"}"#, status: 403,
        fields: [
          "x-amzn-ErrorType: InvalidSignatureException:http://internal.amazon.com/", "x-amzn-RequestId: r9",
        ]))
    defer { upstream.stop() }
    let answer = await (try ClientKit(Self.settings(upstream))).answer(try BedrockTests.call())
    let error = try #require(answer.error)
    #expect(error.kind == .authentication && error.status == 403 && error.request == "r9")
    #expect(error.providerCode == "InvalidSignatureException")
    #expect(error.hint?.contains("clock") == true)
    #expect(error.message.contains("does not match") && !error.message.contains("TOKEN/EXAMPLE"))
    #expect(!error.message.contains("AKIDEXAMPLE"))
  }
}
