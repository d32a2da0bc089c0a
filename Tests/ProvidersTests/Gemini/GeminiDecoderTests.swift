import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

/// Streams as Gemini sends them.
enum GeminiSamples {
  /// Reasoning, text, and a signature that comes alone with the end.
  static let text = [
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"plan…","thought":true}]},"index":0}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":30,"thoughtsTokenCount":21},"modelVersion":"gemini-x-001","responseId":"r1"}"#,
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"21 "}]},"index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"thoughtsTokenCount":21,"totalTokenCount":32},"responseId":"r1"}"#,
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"°C"}]},"index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"thoughtsTokenCount":21,"totalTokenCount":34},"responseId":"r1"}"#,
    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"","thoughtSignature":"QUJD"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":3,"toolUsePromptTokenCount":1,"candidatesTokenCount":4,"thoughtsTokenCount":21,"totalTokenCount":34},"responseId":"r1"}"#,
  ]

  /// Two calls at once, of which only the first is signed, in one chunk with the end.
  static let calls = [
    #"{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"fc1","name":"get_weather","args":{"city":"Rome"}},"thoughtSignature":"U0lH"},{"functionCall":{"name":"get_time"}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2},"modelVersion":"gemini-x-001","responseId":"r1"}"#
  ]

  static let error =
    "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"The model is overloaded.\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n"
}

struct GeminiDecoderTests {
  static let origin = ProviderOrigin(
    provider: "gemini", title: "Gemini", model: "gemini-x", reachHint: "reach", keyHint: "key")

  static func decoder(_ type: String = "text/event-stream") -> any ProviderDecoder {
    Gemini().makeDecoder(DecoderKit.head(type), origin: origin)
  }

  static func decode(_ data: [String]) -> Decoded { Decoded(decoder(), [DecoderKit.stream(data)]) }

  private static func replay(_ data: JSONObject) -> ReplayState {
    ReplayState(provider: "gemini", model: "gemini-x", data: data)
  }

  private static func parts(_ json: String) -> Decoded {
    decode([#"{"candidates":[{"content":{"parts":[\#(json)]},"finishReason":"STOP"}]}"#])
  }

  @Test func `reasoning and text become events in order`() {
    #expect(
      Self.decode(GeminiSamples.text).events == [
        .started(ProviderStart(provider: "gemini", model: "gemini-x-001", response: "r1")),
        .reasoning("plan…"), .text("21 "), .text("°C"), .partEnd,
        .replay(name: "thoughtSignature", json: "QUJD", of: .text), .partEnd,
        .usage(Usage(inputTokens: 10, outputTokens: 25, cachedTokens: 3, reasoningTokens: 21)),
        .finish(.stop, raw: "STOP"),
      ])
  }

  @Test func `a signature is a part of its own when it comes alone`() {
    #expect(
      Self.decode(GeminiSamples.text).parts(by: Self.origin) == [
        MessagePart(.reasoning("plan…"), replay: Self.replay([:])), .text("21 °C"),
        MessagePart(.text(""), replay: Self.replay(["thoughtSignature": "QUJD"])),
      ])
  }

  @Test func `calls come whole, with their ids and signatures`() {
    let answer = Self.decode(GeminiSamples.calls)
    #expect(answer.finish == .toolCalls)
    #expect(
      answer.parts(by: Self.origin) == [
        MessagePart(
          .toolCall(ToolCall(id: "fc1", name: "get_weather", arguments: #"{"city":"Rome"}"#)),
          replay: Self.replay(["id": "fc1", "thoughtSignature": "U0lH"])),
        MessagePart(.toolCall(ToolCall(id: "call_1", name: "get_time", arguments: "{}"))),
      ])
    #expect(
      answer.events.contains(.toolCallStart(index: 1, id: "call_1", name: "get_time", isSynthetic: true)))
  }

  @Test func `signed parts stay apart from their neighbours`() {
    let answer = Self.parts(
      #"{"text":"a"},{"text":"b","thoughtSignature":"s1"},{"text":"c"},{"text":"t","thought":true,"thoughtSignature":"s2"},{"thoughtSignature":"s3"}"#
    )
    #expect(
      answer.parts(by: Self.origin) == [
        .text("a"), MessagePart(.text("b"), replay: Self.replay(["thoughtSignature": "s1"])), .text("c"),
        MessagePart(.reasoning("t"), replay: Self.replay(["thoughtSignature": "s2"])),
        MessagePart(.text(""), replay: Self.replay(["thoughtSignature": "s3"])),
      ])
  }

  @Test func `pictures, and what only Gemini understands`() {
    let answer = Self.parts(
      #"{"inlineData":{"mimeType":"image/png","data":"QUJD"},"thoughtSignature":"s"},{"executableCode":{"language":"PYTHON","code":"1"}},{"inlineData":{"mimeType":"audio/wav","data":"QUJD"}}"#
    )
    #expect(
      answer.parts(by: Self.origin) == [
        MessagePart(
          .image(.data(mediaType: "image/png", base64: "QUJD")),
          replay: Self.replay(["thoughtSignature": "s"])),
        MessagePart(
          .foreign(["executableCode": ["language": "PYTHON", "code": "1"]]), replay: Self.replay([:])),
        MessagePart(
          .foreign(["inlineData": ["mimeType": "audio/wav", "data": "QUJD"]]), replay: Self.replay([:])),
      ])
  }

  static let reasons: [(String, FinishReason)] = [
    ("STOP", .stop), ("MAX_TOKENS", .length), ("SAFETY", .contentFilter), ("RECITATION", .contentFilter),
    ("IMAGE_SAFETY", .contentFilter), ("SPII", .contentFilter),
    ("MALFORMED_FUNCTION_CALL", .malformedToolCall),
    ("OTHER", .other), ("NO_IMAGE", .other), ("MISSING_THOUGHT_SIGNATURE", .other),
  ]

  @Test(arguments: reasons)
  func `the reason to finish needs no content`(raw: String, reason: FinishReason) {
    let answer = Self.decode([#"{"candidates":[{"finishReason":"\#(raw)","finishMessage":"why"}]}"#])
    #expect(answer.events.suffix(2) == [.raw(name: "finishMessage", json: "why"), .finish(reason, raw: raw)])
  }

  @Test func `a prompt that is not let through is a filtered answer`() {
    let answer = Self.decode([
      #"{"promptFeedback":{"blockReason":"OTHER"},"usageMetadata":{"promptTokenCount":4}}"#
    ])
    #expect(answer.finish == .contentFilter && answer.error == nil)
    #expect(answer.events.contains(.usage(Usage(inputTokens: 4, outputTokens: 0))))
  }

  @Test func `no reason is truncated, an error is an error wherever it stands`() {
    #expect(Self.decode(Array(GeminiSamples.text.prefix(2))).error?.kind == .truncated)
    #expect(Self.decode([GeminiSamples.text[0], "{\"candidates\":"]).error?.kind == .malformed)
    let bytes = DecoderKit.stream([GeminiSamples.text[1]]) + Array(GeminiSamples.error.utf8)
    let raw = Decoded(Self.decoder(), [bytes])
    #expect(raw.text == "21 " && raw.error?.kind == .overloaded)
    let array = Decoded(
      Self.decoder("application/json; charset=UTF-8"), [Array("[\(GeminiSamples.error)]".utf8)])
    #expect(array.error?.kind == .overloaded)
    let framed = Self.decode([
      GeminiSamples.text[1], #"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#,
    ])
    #expect(framed.error?.kind == .rateLimit)
  }

  @Test func `a document is an answer, and so is an array of chunks`() {
    for document in [GeminiSamples.calls[0], "[\(GeminiSamples.text.joined(separator: ",\n"))]"] {
      let answer = Decoded(Self.decoder("application/json"), [Array(document.utf8)])
      #expect(answer.error == nil && answer.finish != nil)
    }
    #expect(Decoded(Self.decoder("application/json"), [Array("{}".utf8)]).error != nil)
  }

  static let bodies: [[UInt8]] = [
    DecoderKit.stream(GeminiSamples.text, lineEnd: "\r\n"), DecoderKit.stream(GeminiSamples.calls),
    DecoderKit.stream([GeminiSamples.text[1]]) + Array(GeminiSamples.error.utf8),
    DecoderKit.stream(Array(GeminiSamples.text.prefix(2))),
  ]

  @Test(arguments: bodies.indices)
  func `every split gives the same events`(index: Int) {
    let whole = Decoded(Self.decoder(), [Self.bodies[index]])
    #expect(whole.events.count > 1)
    for pieces in everySplit(of: Self.bodies[index]) { #expect(Decoded(Self.decoder(), pieces) == whole) }
  }
}
