import Basics
import Model
import Testing

@testable import Providers

struct OllamaDecoderTests {
  @Test func `lines become events in order`() {
    let answer = DecoderKit.lines(Samples.ollama)
    #expect(
      answer.events == [
        .started(ProviderStart(provider: "ollama", model: "qwen3:8b")), .reasoning("Let me"), .text("Hé 🦙"),
        .toolCallStart(index: 0, id: "call_1", name: "f", isSynthetic: false),
        .toolCallArguments(index: 0, fragment: #"{"a":1}"#),
        .toolCallEnd(index: 0, arguments: #"{"a":1}"#, isValid: true),
        .raw(name: "durations", json: ["total_duration": 4_883_583_458]),
        .usage(Usage(inputTokens: 26, outputTokens: 282)), .finish(.toolCalls, raw: "stop"),
      ])
  }

  @Test(
    arguments: [
      (#""done_reason":"stop""#, .stop), (#""done_reason":"length""#, .length),
      (#""done_reason":"load""#, .other),
      (#""x":1"#, .stop), (#""done_reason":"""#, .stop),
    ] as [(String, FinishReason)])
  func `the last line says why`(member: String, reason: FinishReason) {
    #expect(DecoderKit.lines([#"{"message":{"content":"a"},"done":true,\#(member)}"#]).finish == reason)
  }

  @Test func `without the last line the answer is truncated`() {
    let answer = DecoderKit.lines([Samples.ollama[1]])
    #expect(answer.text == "Hé 🦙")
    #expect(answer.error?.kind == .truncated)
  }

  @Test func `an error line ends the answer after the text before it`() {
    let answer = DecoderKit.lines([Samples.ollama[1], #"{"error":"llama runner process has terminated"}"#])
    #expect(answer.text == "Hé 🦙")
    #expect(answer.error?.kind == .server)
    #expect(answer.error?.message == "Failed to stream from Ollama: llama runner process has terminated")
  }

  @Test func `a line that cannot be read is passed over and shown as raw`() {
    let answer = DecoderKit.lines([Samples.ollama[1], "garbage {", "", Samples.ollama[3]])
    #expect(answer.events.contains(.raw(name: "unreadable_line", json: "garbage {")))
    #expect(answer.text == "Hé 🦙")
    #expect(answer.finish == .stop)
  }
}
