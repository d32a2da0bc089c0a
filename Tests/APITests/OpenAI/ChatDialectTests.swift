import Basics
import Model
import Testing

@testable import API

/// Answers as OpenAI's API tells them, whole and in chunks, from nothing but what happened.
struct ChatDialectTests {
  private static let run = Run(
    id: Identifier("r1"), conversation: Identifier("c1"), agent: Identifier("a1"), agentName: "A",
    agentVersion: 1, input: Identifier("m1"), output: Identifier("m2"),
    createdAt: Timestamp(milliseconds: 1_780_000_000_123))
  private static let completion = ChatCompletion(run, model: "the model")
  private static let head =
    #""id":"chatcmpl-r1","object":"chat.completion.chunk","created":1780000000,"model":"the model""#

  private static func outcome(_ change: (inout ChatOutcome) -> Void = { _ in }) -> ChatOutcome {
    var outcome = ChatOutcome(status: .completed)
    change(&outcome)
    return outcome
  }

  private static func delta(
    _ text: String, _ channel: String = "final", message: String = "m2", run: String = "r1"
  )
    -> JSON
  {
    [
      "type": "message.delta", "run": .string(run), "channel": .string(channel), "text": .string(text),
      "message": .string(message),
    ]
  }

  private static func texts(_ events: [SurfaceEvent]) -> [String] {
    events.map { String(decoding: $0.data, as: UTF8.self) }
  }

  private static func choice(_ delta: String, finish: String = "null") -> String {
    #"{\#(head),"choices":[{"index":0,"delta":\#(delta),"logprobs":null,"finish_reason":\#(finish)}]}"#
  }

  private static let opening =
    #"{\#(head),"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"#
    + #""logprobs":null,"finish_reason":null}],"conversation":"c1"}"#

  @Test func `an answer in chunks, byte for byte`() {
    var chunks = ChatChunks(Self.completion, includesUsage: false)
    #expect(!chunks.hasBegun)
    #expect(
      Self.texts(chunks.events(for: Self.delta("Hel"))) == [Self.opening, Self.choice(#"{"content":"Hel"}"#)])
    #expect(chunks.hasBegun)
    #expect(Self.texts(chunks.events(for: Self.delta("lo"))) == [Self.choice(#"{"content":"lo"}"#)])
    #expect(
      Self.texts(chunks.closing(Self.outcome { $0.texts = ["Hello!"] })) == [
        Self.choice(#"{"content":"!"}"#), Self.choice("{}", finish: #""stop""#), "[DONE]",
      ])
  }

  @Test func `usage comes in a chunk of its own, and is null before`() throws {
    var chunks = ChatChunks(Self.completion, includesUsage: true)
    let first = Self.texts(chunks.events(for: Self.delta("x")))
    #expect(first.allSatisfy { $0.contains(#","usage":null"#) })
    let closing = Self.texts(
      chunks.closing(
        Self.outcome {
          $0.texts = ["x"]
          $0.usage = Usage(inputTokens: 12, outputTokens: 5, cachedTokens: 4, reasoningTokens: 2)
        }))
    #expect(closing.count == 3)
    #expect(
      closing[1]
        == #"{\#(Self.head),"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,"#
        + #""prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}"#
    )
  }

  @Test func `what is no part of the answer is no chunk`() {
    var chunks = ChatChunks(Self.completion, includesUsage: false)
    let others: [JSON] = [
      Self.delta("aside", "step"), Self.delta("part", run: "r2"), Self.delta(""),
      ["type": "run.started", "run": "r1"], ["type": "message.completed", "run": "r1", "text": "x"], .null,
    ]
    #expect(others.flatMap { chunks.events(for: $0) }.isEmpty && !chunks.hasBegun)
  }

  @Test func `thoughts are told as reasoning, and answers of several messages are kept apart`() {
    var chunks = ChatChunks(Self.completion, includesUsage: false)
    #expect(
      Self.texts(chunks.events(for: Self.delta("hm", "thought"))) == [
        Self.opening, Self.choice(#"{"reasoning_content":"hm"}"#),
      ])
    _ = chunks.events(for: Self.delta("Let me look.", message: "m2"))
    #expect(
      Self.texts(chunks.events(for: Self.delta("It is 5.", message: "m3"))) == [
        Self.choice(#"{"content":"\n\nIt is 5."}"#)
      ])
  }

  @Test func `calls of tools come with their finish reason`() {
    var chunks = ChatChunks(Self.completion, includesUsage: false)
    let closing = chunks.closing(
      Self.outcome {
        $0.calls = [
          ToolCall(id: "a", name: "f", arguments: #"{"x":1}"#), ToolCall(id: "b", name: "g", arguments: ""),
        ]
        $0.finish = "tool_calls"
      })
    #expect(
      Self.texts(closing) == [
        Self.opening,
        Self.choice(
          #"{"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"},"index":0}]}"#
        ),
        Self.choice(
          #"{"tool_calls":[{"id":"b","type":"function","function":{"name":"g","arguments":"{}"},"index":1}]}"#
        ),
        Self.choice("{}", finish: #""tool_calls""#), "[DONE]",
      ])
  }

  @Test func `a failure takes the place of the end`() {
    var chunks = ChatChunks(Self.completion, includesUsage: true)
    _ = chunks.events(for: Self.delta("Half"))
    var failed = ChatOutcome(status: .failed)
    failed.failure = RunFailure(code: "provider_truncated", message: "It broke off.", hint: "Again.")
    #expect(
      Self.texts(chunks.closing(failed)) == [
        #"{"error":{"message":"It broke off. Again.","type":"server_error","param":null,"code":"provider_truncated"}}"#,
        "[DONE]",
      ])
  }

  @Test func `a refusal in a stream is told as one at its end`() {
    var chunks = ChatChunks(Self.completion, includesUsage: false)
    _ = chunks.events(for: Self.delta("I will not."))
    let closing = Self.texts(chunks.closing(Self.outcome { $0.refusal = "I will not." }))
    #expect(closing.first == Self.choice(#"{"refusal":"I will not."}"#))
  }

  static let wholes: [(ChatOutcome, String)] = [
    (
      outcome { $0.texts = ["Let me look.", "Five."] },
      #"{"role":"assistant","content":"Let me look.\n\nFive.","refusal":null}"#
    ),
    (outcome(), #"{"role":"assistant","content":"","refusal":null}"#),
    (
      outcome { $0.refusal = "No." }, #"{"role":"assistant","content":null,"refusal":"No."}"#
    ),
    (
      outcome {
        $0.thought = "hm"
        $0.calls = [ToolCall(id: "a", name: "f", arguments: "{}")]
      },
      #"{"role":"assistant","content":null,"refusal":null,"reasoning_content":"hm","#
        + #""tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}"#
    ),
  ]

  @Test(arguments: wholes) func `a whole answer's message`(outcome: ChatOutcome, message: String) {
    let json = Self.completion.json(outcome)
    #expect(json["choices"]?[0]?["message"]?.text == message)
    #expect(json["object"] == "chat.completion" && json["conversation"] == "c1" && json["usage"] == nil)
  }

  @Test(arguments: [
    ("stop", "stop"), ("stop_sequence", "stop"), ("length", "length"), ("context_length", "length"),
    ("content_filter", "content_filter"), ("refusal", "content_filter"), ("pause", "stop"), ("other", "stop"),
    ("malformed_tool_call", "stop"), ("tool_calls", "stop"),
  ])
  func `the hub's words for an end become OpenAI's`(finish: String, reason: String) {
    #expect(Self.outcome { $0.finish = finish }.finishReason == reason)
    #expect(
      Self.outcome {
        $0.finish = finish
        $0.calls = [ToolCall(id: "a", name: "f", arguments: "{}")]
      }.finishReason == "tool_calls")
  }
}
