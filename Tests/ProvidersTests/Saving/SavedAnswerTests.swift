import Basics
import Model
import Testing

@testable import Providers

struct SavedAnswerTests {
  private static let start = ProviderEvent.started(
    ProviderStart(provider: "openai", model: "m", response: "r", request: "q"))
  private static let finish = ProviderEvent.finish(.stop, raw: "stop")

  @Test func `pieces of one kind become one, and counts the last`() throws {
    let saved = try #require(
      SavedAnswer([
        Self.start, .usage(Usage(inputTokens: 3, outputTokens: 1)), .reasoning("a"), .keepAlive,
        .reasoning("b"),
        .replay(name: "signature", json: "s", of: .reasoning), .text("c"), .raw(name: "x", json: 1),
        .text("d"),
        .partEnd, .text("e"), .usage(Usage(inputTokens: 3, outputTokens: 9)), Self.finish,
      ]))
    #expect(
      saved.events == [
        Self.start, .reasoning("ab"), .replay(name: "signature", json: "s", of: .reasoning), .text("cd"),
        .partEnd, .text("e"), .usage(Usage(inputTokens: 3, outputTokens: 9)), Self.finish,
      ])
  }

  static let kept: [[ProviderEvent]] = [
    [start, .text("a\u{0}\"🦙"), finish],
    [.text("a"), .finish(.stopSequence, raw: nil)],
    [
      start, .toolCallStart(index: 0, id: "c", name: "f", isSynthetic: true),
      .toolCallArguments(index: 0, fragment: "{\"a\""), .toolCallArguments(index: 0, fragment: ":1}"),
      .replay(name: "thoughtSignature", json: ["x": [1, nil]], of: .toolCall(index: 0)),
      .toolCallEnd(index: 0, arguments: "{\"a\":1}", isValid: true), .finish(.toolCalls, raw: "tool_calls"),
    ],
    [
      .image(.data(mediaType: "image/png", base64: "QUJD")), .replay(name: "s", json: true, of: .image),
      .image(.url("https://h/x.png")), .foreign(["type": "search"]), .text("a"),
      .replay(name: "t", json: 1, of: .text),
      .usage(Usage(inputTokens: 1, outputTokens: 2, cachedTokens: 1, reasoningTokens: 1, isEstimated: true)),
      finish,
    ],
  ]

  @Test(arguments: kept)
  func `a whole answer comes back from its bytes as the same parts`(events: [ProviderEvent]) throws {
    let saved = try #require(SavedAnswer(events))
    #expect(SavedAnswer(bytes: saved.bytes) == saved)
    #expect(Self.parts(of: saved.events) == Self.parts(of: events))
  }

  private static func parts(of events: [ProviderEvent]) -> [MessagePart] {
    var parts = AnswerParts(provider: "p", model: "m")
    for event in events { parts.receive(event) }
    return parts.parts
  }

  static let lost: [[ProviderEvent]] = [
    [], [start], [start, .text("a")], [start, finish],
    [start, .usage(Usage(inputTokens: 1, outputTokens: 0)), finish],
    [.text("a"), .finish(.length, raw: nil)], [.text("a"), .finish(.contextLength, raw: nil)],
    [.text("a"), .finish(.contentFilter, raw: nil)], [.text("a"), .finish(.refusal, raw: nil)],
    [.text("a"), .finish(.pause, raw: nil)], [.text("a"), .finish(.malformedToolCall, raw: nil)],
    [.text("a"), .finish(.other, raw: nil)], [.refusal("no"), finish], [.text("a"), finish, .text("b")],
    [
      .toolCallStart(index: 0, id: "c", name: "f", isSynthetic: false),
      .toolCallEnd(index: 0, arguments: "{", isValid: false), .finish(.toolCalls, raw: nil),
    ],
  ]

  @Test(arguments: lost)
  func `what is not whole, or not to be repeated, is not kept`(events: [ProviderEvent]) {
    #expect(SavedAnswer(events) == nil)
  }

  @Test(arguments: ["", "{}", "[{}]", "[{\"type\":\"text\"}]", "[{\"type\":\"text\",\"text\":\"a\"}]", "[1]"])
  func `bytes that are no answer are none`(text: String) {
    #expect(SavedAnswer(bytes: Array(text.utf8)) == nil)
  }
}
