import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

struct AnthropicDecoderTests {
  static let origin = ProviderOrigin(
    provider: "anthropic", title: "Anthropic", model: "claude-x", reachHint: "reach", keyHint: "key")

  static func decoder(_ type: String = "text/event-stream") -> any ProviderDecoder {
    Anthropic().makeDecoder(
      FetchHead(status: 200, fields: [("content-type", type), ("request-id", "req_7")]), origin: origin)
  }

  static func decode(_ data: [String]) -> Decoded { Decoded(decoder(), [AnthropicSamples.stream(data)]) }

  static let started = ProviderEvent.started(
    ProviderStart(provider: "anthropic", model: "claude-x", response: "msg_1", request: "req_7"))

  @Test func `reasoning and a call become events in order`() {
    let answer = Self.decode(AnthropicSamples.tool)
    #expect(answer.error == nil)
    #expect(
      answer.events == [
        Self.started, .reasoning("Let mé"), .replay(name: "signature", json: "EqQB", of: .reasoning),
        .partEnd,
        .keepAlive, .toolCallStart(index: 0, id: "toolu_1", name: "get_weather", isSynthetic: false),
        .toolCallArguments(index: 0, fragment: #"{"city": "Ro"#),
        .toolCallArguments(index: 0, fragment: #"me"}"#),
        .toolCallEnd(index: 0, arguments: #"{"city": "Rome"}"#, isValid: true),
        .usage(
          Usage(inputTokens: 30, outputTokens: 42, cachedTokens: 3, cacheWriteTokens: 2, reasoningTokens: 7)),
        .finish(.toolCalls, raw: "tool_use"),
      ])
  }

  @Test func `the parts are what goes back`() {
    let replay = { ReplayState(provider: "anthropic", model: "claude-x", data: $0) }
    #expect(
      Self.decode(AnthropicSamples.tool).parts(by: Self.origin) == [
        MessagePart(.reasoning("Let mé"), replay: replay(["signature": "EqQB"])),
        MessagePart(
          .toolCall(ToolCall(id: "toolu_1", name: "get_weather", arguments: #"{"city": "Rome"}"#))),
      ])
  }

  @Test func `sealed reasoning, and what only the provider understands, are kept whole`() {
    let answer = Self.decode([
      AnthropicSamples.start,
      #"{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"c2VhbGVk"}}"#,
      #"{"type":"content_block_stop","index":0}"#,
      #"{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
      #"{"type":"content_block_delta","index":1,"delta":{"type":"signature_delta","signature":"s"}}"#,
      #"{"type":"content_block_stop","index":1}"#,
      #"{"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{}}}"#,
      #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"q\":1}"}}"#,
      #"{"type":"content_block_stop","index":2}"#,
      #"{"type":"content_block_start","index":3,"content_block":{"type":"web_search_tool_result","tool_use_id":"srv_1","content":[]}}"#,
      #"{"type":"content_block_stop","index":3}"#, AnthropicSamples.end("pause_turn"), AnthropicSamples.stop,
    ])
    let replay = { ReplayState(provider: "anthropic", model: "claude-x", data: $0) }
    #expect(
      answer.parts(by: Self.origin) == [
        MessagePart(.reasoning(""), replay: replay(["redacted_thinking": "c2VhbGVk"])),
        MessagePart(.reasoning(""), replay: replay(["signature": "s"])),
        MessagePart(
          .foreign(["type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": ["q": 1]]),
          replay: replay([:])),
        MessagePart(
          .foreign(["type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []]),
          replay: replay([:])),
      ])
    #expect(answer.finish == .pause)
  }

  @Test func `a call without arguments has an empty object, one that broke off is not valid`() {
    let begin =
      #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#
    let stop = #"{"type":"content_block_stop","index":0}"#
    let empty = Self.decode([
      AnthropicSamples.start, begin, stop, AnthropicSamples.end("tool_use"), AnthropicSamples.stop,
    ])
    #expect(empty.events.contains(.toolCallEnd(index: 0, arguments: "{}", isValid: true)))
    let broken = Self.decode([AnthropicSamples.start, begin])
    #expect(broken.events.contains(.toolCallEnd(index: 0, arguments: "", isValid: false)))
    #expect(broken.error?.kind == .truncated)
  }

  static let reasons: [(String, FinishReason)] = [
    ("end_turn", .stop), ("max_tokens", .length), ("stop_sequence", .stopSequence), ("tool_use", .toolCalls),
    ("pause_turn", .pause), ("refusal", .refusal), ("model_context_window_exceeded", .contextLength),
    ("tired", .other),
  ]

  @Test(arguments: reasons)
  func `the reason to stop is told, with or without the last event`(raw: String, reason: FinishReason) {
    for last in [[AnthropicSamples.stop], []] {
      let answer = Self.decode([AnthropicSamples.start, AnthropicSamples.end(raw)] + last)
      #expect(answer.events.last == .finish(reason, raw: raw))
    }
  }

  @Test func `details of the end are kept`() {
    let answer = Self.decode([
      AnthropicSamples.start,
      #"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END","stop_details":{"a":1}}}"#,
      AnthropicSamples.stop, "nonsense after the end",
    ])
    #expect(answer.events.contains(.raw(name: "stop_sequence", json: "END")))
    #expect(answer.events.contains(.raw(name: "stop_details", json: ["a": 1])))
    #expect(answer.error == nil)
  }

  @Test func `what is not known is passed on as it is`() {
    let answer = Self.decode([
      AnthropicSamples.start, #"{"type":"new_thing","a":1}"#,
      #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#,
      #"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"c":1}}}"#,
      #"{"type":"content_block_delta","index":0,"delta":{"type":"odd_delta","b":2}}"#,
      AnthropicSamples.end("end_turn"), AnthropicSamples.stop,
    ])
    #expect(answer.text == "a")
    #expect(answer.events.contains(.raw(name: "new_thing", json: ["type": "new_thing", "a": 1])))
    #expect(answer.events.contains(.raw(name: "citation", json: ["c": 1])))
    #expect(answer.events.contains(.raw(name: "odd_delta", json: ["type": "odd_delta", "b": 2])))
  }

  static let faults: [(String, ProviderError.Kind)] = [
    (AnthropicSamples.overloaded, .overloaded),
    (#"{"type":"error","error":{"type":"rate_limit_error","message":"m"}}"#, .rateLimit),
    (#"{"type":"error","error":{"type":"invalid_request_error","message":"m"}}"#, .invalidRequest),
    (
      #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}"#,
      .contextLength
    ),
    (#"{"type":"error","error":{"type":"api_error","message":"m"}}"#, .server),
    (#"{"type":"error","error":{"type":"authentication_error","message":"m"}}"#, .authentication),
    (#"{"type":"error","error":{"type":"timeout_error","message":"m"}}"#, .timeout),
  ]

  @Test(arguments: faults)
  func `an error in the stream ends it after the text before it`(fault: String, kind: ProviderError.Kind) {
    let answer = Self.decode(Array(AnthropicSamples.text.prefix(4)) + [fault, AnthropicSamples.stop])
    #expect(answer.text == "Hé 🦙")
    #expect(answer.finish == nil && answer.error?.kind == kind)
    #expect(answer.error?.request == (fault == AnthropicSamples.overloaded ? "req_1" : "req_7"))
  }

  @Test func `an answer without a reason to end is truncated, garbage is malformed`() {
    #expect(Self.decode(Array(AnthropicSamples.text.prefix(4))).error?.kind == .truncated)
    #expect(Self.decode([AnthropicSamples.start, AnthropicSamples.stop]).error?.kind == .truncated)
    #expect(Self.decode([AnthropicSamples.start, "{\"type\":"]).error?.kind == .malformed)
  }

  @Test func `a document is an answer, or the error it holds`() {
    let document =
      #"{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"Hi"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}"#
    let answer = Decoded(Self.decoder("application/json"), [Array(document.utf8)])
    #expect(answer.text == "Hi" && answer.reasoning == "t" && answer.finish == .toolCalls)
    #expect(answer.events.contains(.replay(name: "signature", json: "s", of: .reasoning)))
    #expect(answer.events.contains(.toolCallEnd(index: 0, arguments: #"{"a":1}"#, isValid: true)))
    #expect(answer.events.contains(.usage(Usage(inputTokens: 1, outputTokens: 2))))
    let error = Decoded(Self.decoder("application/json"), [Array(AnthropicSamples.overloaded.utf8)])
    #expect(error.error?.kind == .overloaded)
  }

  static let bodies: [[UInt8]] = [
    AnthropicSamples.stream(AnthropicSamples.tool),
    AnthropicSamples.stream(AnthropicSamples.text, lineEnd: "\r\n"),
    AnthropicSamples.stream(AnthropicSamples.text, lineEnd: "\r"),
    AnthropicSamples.stream(Array(AnthropicSamples.text.prefix(4)) + [AnthropicSamples.overloaded]),
    AnthropicSamples.stream(Array(AnthropicSamples.tool.prefix(9))),
    AnthropicSamples.stream([AnthropicSamples.start])
      + Array("{\"type\":\"error\",\n\"error\":{\"type\":\"api_error\"}}\n".utf8),
  ]

  @Test(arguments: bodies.indices)
  func `every split gives the same events`(index: Int) {
    let whole = Decoded(Self.decoder(), [Self.bodies[index]])
    #expect(!whole.events.isEmpty)
    for pieces in everySplit(of: Self.bodies[index]) { #expect(Decoded(Self.decoder(), pieces) == whole) }
  }
}
