import Basics
import Model
import Testing

@testable import Providers

struct ChatCompletionsDecoderTests {
  @Test func `a text stream becomes events in order`() {
    let answer = DecoderKit.chat(Samples.text)
    #expect(answer.error == nil)
    #expect(
      answer.events == [
        .started(ProviderStart(provider: "openai", model: "m", response: "c1")), .text("Héllo 🦙"),
        .text(" world"),
        .usage(Usage(inputTokens: 12, outputTokens: 5, cachedTokens: 3, reasoningTokens: 2)),
        .finish(.stop, raw: "stop"),
      ])
  }

  @Test func `tool calls with interleaved fragments are put together`() {
    let answer = DecoderKit.chat(Samples.toolCalls)
    #expect(
      answer.events == [
        .started(ProviderStart(provider: "openai", model: "asked")),
        .toolCallStart(index: 0, id: "call_a", name: "get_weather", isSynthetic: false),
        .toolCallArguments(index: 0, fragment: #"{"ci"#),
        .toolCallStart(index: 1, id: "call_b", name: "get_time", isSynthetic: false),
        .toolCallArguments(index: 1, fragment: "{}"), .toolCallArguments(index: 0, fragment: #"ty":"Rome"}"#),
        .toolCallEnd(index: 0, arguments: #"{"city":"Rome"}"#, isValid: true),
        .toolCallEnd(index: 1, arguments: "{}", isValid: true), .finish(.toolCalls, raw: "tool_calls"),
      ])
  }

  private static func call(_ fields: String) -> String {
    #"{"choices":[{"delta":{"tool_calls":[\#(fields)]}}]}"#
  }
  private static let stop = #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#

  @Test func `another id at an open index begins a new call, and stop with calls means tool calls`() {
    let answer = DecoderKit.chat([
      Self.call(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#),
      Self.call(#"{"index":0,"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}"#),
      Self.call(#"{"index":0,"id":"b","function":{"name":"g","arguments":""}}"#), Self.stop,
    ])
    let ends = answer.events.filter { if case .toolCallEnd = $0 { true } else { false } }
    #expect(
      ends == [
        .toolCallEnd(index: 0, arguments: #"{"x":1}"#, isValid: true),
        .toolCallEnd(index: 1, arguments: #"{"y":2}"#, isValid: true),
      ])
    #expect(answer.finish == .toolCalls)
  }

  @Test(
    arguments: [
      (#"{"function":{"name":"f","arguments":{"a":1}}}"#, #"{"a":1}"#, true),
      (#"{"id":"","function":{"name":"f"}}"#, "{}", true),
      (#"{"function":{"name":"f","arguments":"{oops"}}"#, "{oops", false),
      (#"{"function":{"name":"f","arguments":"[1]"}}"#, "[1]", false),
    ])
  func `arguments come in several shapes`(fields: String, arguments: String, isValid: Bool) {
    let answer = DecoderKit.chat([Self.call(fields), Self.stop])
    #expect(answer.events.contains(.toolCallStart(index: 0, id: "call_0", name: "f", isSynthetic: true)))
    #expect(answer.events.contains(.toolCallEnd(index: 0, arguments: arguments, isValid: isValid)))
  }

  @Test func `open calls of a broken answer are not valid`() {
    let answer = DecoderKit.chat([Self.call(#"{"id":"a","function":{"name":"f","arguments":"{}"}}"#)])
    #expect(answer.events.last == .toolCallEnd(index: 0, arguments: "{}", isValid: false))
    #expect(answer.error?.kind == .truncated)
  }

  static let reasoning: [(String, String)] = [
    (#"{"reasoning_content":"r"}"#, "r"), (#"{"reasoning":"r"}"#, "r"),
    (#"{"reasoning":"r","reasoning_content":"r"}"#, "r"), (#"{"reasoning":null,"content":"t"}"#, ""),
    (
      #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"r"}]},{"type":"text","text":"t"}]}"#,
      "r"
    ),
  ]

  @Test(arguments: reasoning)
  func `reasoning has many names`(delta: String, expected: String) {
    #expect(DecoderKit.chat([#"{"choices":[{"delta":\#(delta)}]}"#, Self.stop]).reasoning == expected)
  }

  @Test func `opaque reasoning is kept as it is`() throws {
    let answer = DecoderKit.chat([
      #"{"choices":[{"delta":{"reasoning_details":[{"data":"x"}]}}]}"#, Self.stop,
    ])
    #expect(answer.events.contains(.replay(name: "reasoning_details", json: [["data": "x"]], of: .reasoning)))
  }

  static let ends: [(name: String, data: [String], finish: FinishReason?, error: ProviderError.Kind?)] = [
    ("no [DONE]", [Samples.text[1], stop], .stop, nil),
    (
      "reason with the last text", [#"{"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]}"#],
      .length, nil
    ),
    ("[DONE] without a reason", [Samples.text[1], "[DONE]"], nil, .truncated),
    ("neither", [Samples.text[1]], nil, .truncated), ("nothing at all", [], nil, .truncated),
    ("data after [DONE]", [stop, " [DONE] ", "nonsense"], .stop, nil),
    (
      "odd choices",
      [#"{"choices":[]}"#, #"{"choices":null}"#, #"{}"#, #"{"choices":[{"delta":null}]}"#, stop], .stop, nil
    ),
    ("eos", [#"{"choices":[{"finish_reason":"eos"}]}"#], .stop, nil),
    ("model length", [#"{"choices":[{"finish_reason":"model_length"}]}"#], .length, nil),
    ("a filter", [#"{"choices":[{"finish_reason":"content_filter"}]}"#], .contentFilter, nil),
    ("a new reason", [#"{"choices":[{"finish_reason":"tired"}]}"#], .other, nil),
    ("a refusal", [#"{"choices":[{"delta":{"refusal":"no"},"finish_reason":"stop"}]}"#], .refusal, nil),
    (
      "overload as a reason", [#"{"choices":[{"finish_reason":"insufficient_system_resource"}]}"#], nil,
      .overloaded
    ),
    ("not JSON", [Samples.text[1], "{\"choices\":["], nil, .malformed),
  ]

  @Test(arguments: ends.indices)
  func `an answer is complete only when the server says why it ends`(index: Int) {
    let end = Self.ends[index]
    let answer = DecoderKit.chat(end.data)
    #expect(answer.finish == end.finish, "\(end.name)")
    #expect(answer.error?.kind == end.error, "\(end.name)")
  }

  static let usages: [[String]] = [
    [#"{"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#],
    [#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#, stop],
    [
      #"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#, stop,
      #"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#, #"{"usage":null}"#,
    ],
    [#"{"choices":[{"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}"#],
  ]

  @Test(arguments: usages)
  func `usage counts once, wherever it comes`(data: [String]) {
    let usages = DecoderKit.chat(data).events.filter { if case .usage = $0 { true } else { false } }
    #expect(usages == [.usage(Usage(inputTokens: 1, outputTokens: 2))])
  }

  static let faults: [(String, ProviderError.Kind, String)] = [
    (
      #"{"error":{"message":"Upstream stopped","type":"server_error","code":"server_error"}}"#, .server,
      "Upstream stopped"
    ),
    (
      #"{"error":{"code":429,"message":"slow"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
      .rateLimit, "slow"
    ),
    (#"{"choices":[{"error":{"code":402,"message":"pay"},"finish_reason":"error"}]}"#, .billing, "pay"),
    (#"{"object":"error","message":"flat","type":"BadRequestError","code":400}"#, .invalidRequest, "flat"),
    (#"{"error":{"message":"no","code":"rate_limit_exceeded"}}"#, .rateLimit, "no"),
    (#"{"error":"text"}"#, .server, "text"),
  ]

  @Test(arguments: faults.indices)
  func `an error inside the stream ends it after the text before it`(index: Int) {
    let (chunk, kind, message) = Self.faults[index]
    let answer = DecoderKit.chat([Samples.text[1], chunk, "[DONE]"])
    #expect(answer.text == "Héllo 🦙")
    #expect(answer.finish == nil)
    #expect(answer.error?.kind == kind)
    #expect(answer.error?.message == "Failed to stream from OpenAI: \(message)")
  }

  @Test func `an error event and bare JSON are errors`() {
    let named = Decoded(DecoderKit.chat(), [Array("event: error\ndata: {\"message\":\"bad\"}\n\n".utf8)])
    #expect(named.error?.message == "Failed to stream from OpenAI: bad")
    let bare = Decoded(DecoderKit.chat(), [Array("[{\"error\":{\"code\":503,\"message\":\"busy\"}}]\n".utf8)])
    #expect(bare.error?.kind == .overloaded)
  }

  @Test func `a document instead of a stream is an answer`() {
    let answer = DecoderKit.chat(
      document:
        #"{"id":"c","choices":[{"message":{"role":"assistant","content":"Hello","refusal":null,"tool_calls":[]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#
    )
    #expect(answer.text == "Hello")
    #expect(
      answer.events.suffix(2) == [
        .usage(Usage(inputTokens: 1, outputTokens: 2)), .finish(.stop, raw: "stop"),
      ])
  }

  @Test func `a document without its content type is an answer too`() {
    let document = #"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}"#
    let answer = Decoded(DecoderKit.chat(), [Array(document.utf8)])
    #expect(answer.text == "Hello" && answer.finish == .stop && answer.error == nil)
  }

  @Test(arguments: [#"{"error":"Unauthorized"}"#, #"{"hello":1}"#, "", "null", "<html>"])
  func `a document that is no answer is an error`(document: String) {
    let answer = DecoderKit.chat(document: document)
    #expect(answer.error != nil)
    #expect(answer.finish == nil)
  }

  @Test func `comments keep the stream alive`() {
    let answer = Decoded(
      DecoderKit.chat(), [Array(": OPENROUTER PROCESSING\n\n".utf8) + DecoderKit.stream(Samples.text)])
    #expect(answer.events.first == .keepAlive)
    #expect(answer.finish == .stop)
  }
}
