import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

struct BytezTests {
  private static let origin: ProviderOrigin = {
    var origin = ProviderOrigin(
      provider: "bytez", title: "Bytez", model: "Qwen/Qwen3-4B", reachHint: "reach", keyHint: "key")
    origin.variant = BytezEndpoint.nativeVariant
    return origin
  }()

  private static func decoder(_ type: String = "text/plain") -> any ProviderDecoder {
    Bytez().makeDecoder(DecoderKit.head(type), origin: origin)
  }

  private static func decode(_ body: String, _ type: String = "text/plain") -> Decoded {
    Decoded(decoder(type), [Array(body.utf8)])
  }

  private static let native: JSONObject = [
    "baseUrl": "https://api.bytez.com/models/v2", "apiKey": "b-1", "providerKey": "v",
  ]

  @Test func `the address says which API is meant`() throws {
    var completion = CompletionRequest(
      model: "Qwen/Qwen3 4B", turns: RequestKit.turns(by: "bytez", "x"), temperature: 0.5, stop: ["END"])
    completion.topK = 3
    let request = try RequestKit.encode(completion, "bytez", Self.native)
    #expect(request.url.text == "https://api.bytez.com/models/v2/Qwen/Qwen3%204B")
    #expect(request.field("Authorization") == "Key b-1" && request.field("provider-key") == "v")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Weather?"},{"type":"image","base64":"QUJD"}]},{"role":"assistant","content":"Let me look.[weather {\"city\": \"Rome\"}][time {oops]"},{"role":"user","content":"21 Cbad"},{"role":"user","content":"And?"}],"stream":true,"params":{"max_new_tokens":4096,"temperature":0.5,"top_k":3}}"#
    )
    let gateway = try RequestKit.encode(completion, "bytez", ["apiKey": "b-1"])
    #expect(gateway.url.text.hasSuffix("/models/v2/openai/v1/chat/completions"))
    #expect(gateway.field("Authorization") == "Bearer b-1")
  }

  @Test func `bare text is the answer, and its end the end`() {
    let answer = Self.decode("Hé 🦙{\"a\":1}\n")
    #expect(
      answer.events == [
        .started(ProviderStart(provider: "bytez", model: "Qwen/Qwen3-4B")), .text("Hé 🦙{\"a\":1}\n"),
        .finish(.stop, raw: nil),
      ])
  }

  @Test(arguments: ["Hé 🦙 world", " {\"answer\": \"🦙\"}", "\"", "{\"error\" of yours", "\u{E9}"])
  func `every split gives the same text`(body: String) {
    for pieces in everySplit(of: body) {
      let answer = Decoded(Self.decoder(), pieces)
      #expect(answer.text == body && answer.error == nil && answer.finish == .stop)
    }
  }

  @Test func `bytes that are no text do not end it`() {
    let answer = Decoded(Self.decoder(), [[0x61, 0xF0, 0x9F], [0x62, 0xE2, 0x82]])
    #expect(answer.text == "a\u{FFFD}b\u{FFFD}" && answer.error == nil)
  }

  @Test(arguments: ["text/plain", "application/json"])
  func `a document is an answer or the error in it`(type: String) {
    #expect(Self.decode(#"{"error":null,"output":{"role":"assistant","content":"Hi"}}"#, type).text == "Hi")
    #expect(
      Self.decode(#"{"error":null,"output":{"content":[{"type":"text","text":"Hi"}]}}"#, type).text == "Hi")
    #expect(Self.decode(#"{"error":null,"output":"Hi"}"#, type).text == "Hi")
    let closed = Self.decode(
      #"{"error":null,"output":"Hi","provider":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}"#, type)
    #expect(closed.events.contains(.usage(Usage(inputTokens: 1, outputTokens: 2))))
    #expect(closed.finish == .stop)
    let error = Self.decode(#"{"error":"Rate limit exceeded","output":null}"#, type)
    #expect(error.error?.message == "Failed to stream from Bytez: Rate limit exceeded")
    for pieces in everySplit(of: #" {"error": "no", "output": null}"#) {
      #expect(Decoded(Self.decoder(type), pieces).error?.kind == .server)
    }
  }

  @Test func `nothing at all, and a page, are no answers`() {
    #expect(Self.decode("").error?.kind == .truncated)
    #expect(Self.decode("<html><p>x", "text/html").error?.kind == .malformed)
    #expect(Self.decode("<html> is a tag").text == "<html> is a tag")
    #expect(Self.decode(#"{"error":null,"output":7}"#).error?.kind == .malformed)
  }

  static let refusals: [(Int, String, ProviderError.Kind, String?)] = [
    (401, #"{"error":"Unauthorized","output":null}"#, .authentication, nil),
    (
      402,
      #"{"status":402,"error":"Payment Required","message":"Insufficient credits. Please add credits to continue."}"#,
      .billing, "402"
    ),
    (
      404, #"{"error":"Model does not exist or has yet to be added to the Bytez catalog.","output":null}"#,
      .modelNotFound, nil
    ),
    (429, #"{"error":"Rate limit exceeded","output":null}"#, .rateLimit, nil),
    (
      429, #"{"error":"You have exceeded your concurrency limit of 1","output":null}"#, .rateLimit,
      "concurrency_limit"
    ),
    (500, #"{"error":"boom"}"#, .server, nil),
  ]

  @Test(arguments: refusals.indices)
  func `refusals have their classes`(index: Int) {
    let (status, body, kind, code) = Self.refusals[index]
    let error = ErrorClassifier(Self.origin).refusal(FetchHead(status: status), body: Array(body.utf8))
    #expect(error.kind == kind && error.providerCode == code)
  }
}
