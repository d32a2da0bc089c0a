import Basics
import Model
import TestKit
import Testing
import Wire

@testable import Providers

struct ConverseDecoderTests {
  private typealias Samples = ConverseSamples

  @Test func `text becomes events in order, with the tokens of the cache among the input's`() {
    #expect(
      Samples.answer(Samples.text).events == [
        .started(ProviderStart(provider: "bedrock", model: "us.amazon.nova-lite-v1:0", request: "r1")),
        .text("Héllo"), .text(" 🦙"), .partEnd,
        .usage(Usage(inputTokens: 60, outputTokens: 4, cachedTokens: 30, cacheWriteTokens: 20)),
        .finish(.stop, raw: "end_turn"),
      ])
  }

  @Test func `reasoning keeps its proof and tools get their input`() {
    let answer = Samples.answer(Samples.toolUse)
    #expect(answer.events == Samples.toolUseEvents)
    #expect(answer.error == nil)
  }

  /// Bytes come in any pieces; what they say does not depend on it.
  @Test(arguments: [
    ConverseSamples.text, ConverseSamples.toolUse,
    Array(ConverseSamples.text[..<2]) + [
      .exception("throttlingException", #"{"message":"Too many tokens"}"#)
    ],
    Array(ConverseSamples.toolUse[..<12]),
  ])
  func `every split gives the same events`(messages: [AmazonEventMessage]) {
    let bytes = Samples.bytes(messages)
    let whole = Decoded(Samples.decoder(), [bytes])
    #expect(whole.events.count > 1)
    for split in everySplit(of: bytes) { #expect(Decoded(Samples.decoder(), split) == whole) }
  }

  @Test(
    arguments: [
      ("end_turn", .stop), ("stop_sequence", .stopSequence), ("tool_use", .toolCalls),
      ("max_tokens", .length),
      ("model_context_window_exceeded", .contextLength), ("guardrail_intervened", .contentFilter),
      ("content_filtered", .contentFilter), ("malformed_tool_use", .malformedToolCall),
      ("malformed_model_output", .malformedToolCall), ("something_new", .other),
    ] as [(String, FinishReason)])
  func `the last event says why`(raw: String, reason: FinishReason) {
    let answer = Samples.answer([.event("messageStop", #"{"stopReason":"\#(raw)"}"#)])
    #expect(answer.events.last == .finish(reason, raw: raw))
  }

  @Test func `an answer that asks for tools and ends its turn asks for tools`() {
    let messages = Samples.toolUse.dropLast(2) + [.event("messageStop", #"{"stopReason":"end_turn"}"#)]
    #expect(Samples.answer(Array(messages)).finish == .toolCalls)
  }

  @Test func `an answer without metadata is complete and has no usage`() {
    let answer = Samples.answer(Samples.text.dropLast())
    #expect(answer.events.last == .finish(.stop, raw: "end_turn"))
    #expect(answer.events.count == 5 && answer.error == nil)
  }

  @Test func `metadata that come early are kept`() {
    let answer = Samples.answer([Samples.text[0], Samples.text[1], Samples.text[5], Samples.text[4]])
    #expect(answer.events.suffix(2).first?.isUsage == true)
    #expect(answer.finish == .stop)
  }

  @Test func `what comes after the metadata says nothing`() {
    let bytes = Samples.bytes(Samples.text) + Array("garbage that is no message".utf8)
    #expect(Decoded(Samples.decoder(), [bytes]) == Samples.answer(Samples.text))
  }

  @Test func `events and members that are not known are passed over`() {
    let news: [AmazonEventMessage] = [
      .event("initial-response", ""), .event("somethingNew", "no JSON"), .text([":message-type": "later"]),
      .text([":message-type": "event"]),
      .event("contentBlockStart", #"{"contentBlockIndex":7,"start":{"hologram":{}}}"#),
      .event("contentBlockDelta", #"{"contentBlockIndex":7,"delta":{"hologram":{"x":1}}}"#),
      .event("contentBlockStop", #"{"contentBlockIndex":7}"#),
    ]
    let answer = Samples.answer([Samples.text[0]] + news + Samples.text[1...])
    #expect(
      answer.events.filter { $0 != .raw(name: "hologram", json: ["x": 1]) }
        == Samples.answer(Samples.text).events)
    #expect(answer.events.contains(.raw(name: "hologram", json: ["x": 1])))
  }

  @Test func `without a reason to end the answer is truncated and its calls are not valid`() {
    let answer = Samples.answer(Array(Samples.toolUse[..<13]))
    #expect(answer.error?.kind == .truncated)
    #expect(answer.events.last == .toolCallEnd(index: 0, arguments: #"{"city":"#, isValid: false))
  }

  @Test func `input that is no object is not valid`() {
    let start = Samples.toolUse[10]
    for input in ["[1]", "nonsense", #"{\"a\":"#] {
      let answer = Samples.answer([
        start,
        .event("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"\#(input)"}}}"#),
        .event("contentBlockStop", #"{"contentBlockIndex":3}"#),
      ])
      guard case .toolCallEnd(_, _, let isValid) = answer.events.last else {
        Issue.record("no end: \(answer.events)")
        continue
      }
      #expect(!isValid)
    }
  }

  @Test func `an image comes whole`() {
    let answer = Samples.answer([
      .event("contentBlockStart", #"{"contentBlockIndex":0,"start":{"image":{"format":"png"}}}"#),
      .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"AQI="}}}}"#),
      .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"image":{"source":{"bytes":"AwQ="}}}}"#),
      .event("contentBlockStop", #"{"contentBlockIndex":0}"#),
    ])
    #expect(answer.events.last == .image(.data(mediaType: "image/png", base64: "AQIDBA==")))
  }

  @Test func `a tool that AWS calls itself is no call of ours and goes back as it came`() {
    let answer = Samples.answer([
      .event(
        "contentBlockStart",
        #"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"s1","name":"web","type":"server_tool_use"}}}"#
      ),
      .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"q\":1}"}}}"#),
      .event("contentBlockStop", #"{"contentBlockIndex":0}"#),
      .event(
        "contentBlockStart", #"{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"s1","type":"x"}}}"#),
      .event("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"toolResult":[{"text":"a"}]}}"#),
      .event("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"toolResult":[{"json":{"b":1}}]}}"#),
      .event("contentBlockStop", #"{"contentBlockIndex":1}"#),
      .event("messageStop", #"{"stopReason":"end_turn"}"#),
    ])
    #expect(
      answer.events.dropFirst() == [
        .foreign([
          "toolUse": ["toolUseId": "s1", "name": "web", "type": "server_tool_use", "input": ["q": 1]]
        ]),
        .foreign([
          "toolResult": ["toolUseId": "s1", "type": "x", "content": [["text": "a"], ["json": ["b": 1]]]]
        ]),
        .finish(.stop, raw: "end_turn"),
      ])
  }

  // MARK: One document

  @Test func `a document says what the stream says`() {
    let answer = Samples.answer(
      document: """
        {"output":{"message":{"role":"assistant","content":[
         {"reasoningContent":{"reasoningText":{"text":"Let me see","signature":"EqAB"}}},
         {"reasoningContent":{"redactedContent":"AQIDBA=="}},{"text":"I ask."},
         {"toolUse":{"toolUseId":"t1","name":"get_weather","input":{"city":"Rome"}}},
         {"toolUse":{"toolUseId":"t2","name":"get_time","input":{}}}]}},
         "stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":1},
         "additionalModelResponseFields":{"k":1}}
        """)
    func parts(_ events: [ProviderEvent]) -> [MessagePart] {
      var parts = AnswerParts(provider: "bedrock", model: "m")
      for event in events { parts.receive(event) }
      return parts.parts
    }
    #expect(parts(answer.events) == parts(Samples.toolUseEvents))
    #expect(answer.events.first == Samples.toolUseEvents.first)
    #expect(answer.events.suffix(3) == Samples.toolUseEvents.suffix(3))
  }

  @Test(
    arguments: [
      ("", .truncated), ("  \n", .truncated), ("{", .malformed), (#"{"message":"m"}"#, .server),
      (#"{"__type":"ThrottlingException","message":"m"}"#, .rateLimit),
      (#"{"output":{"message":{"content":[{"text":"a"}]}}}"#, .truncated),
    ] as [(String, ProviderError.Kind)])
  func `a document that is no whole answer is an error`(document: String, kind: ProviderError.Kind) {
    #expect(Samples.answer(document: document).error?.kind == kind)
  }
}

extension ProviderEvent {
  fileprivate var isUsage: Bool { if case .usage = self { true } else { false } }
}
