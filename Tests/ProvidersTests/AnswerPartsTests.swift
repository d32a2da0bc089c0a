import Basics
import Model
import Testing

@testable import Providers

struct AnswerPartsTests {
  private static func parts(_ events: ProviderEvent...) -> [MessagePart] {
    var answer = AnswerParts(provider: "p", model: "m")
    for event in events { answer.receive(event) }
    return answer.parts
  }

  private static func from(_ data: JSONObject = [:]) -> ReplayState {
    ReplayState(provider: "p", model: "m", data: data)
  }

  @Test func `pieces of a kind are one part, in order`() {
    let parts = Self.parts(
      .reasoning("a"), .reasoning("b"), .text("c"), .keepAlive, .text("d"), .refusal("e"), .text("f"))
    #expect(
      parts == [
        MessagePart(.reasoning("ab"), replay: Self.from()), .text("cd"), MessagePart(.refusal("e")),
        .text("f"),
      ])
  }

  @Test func `what must go back stays with its part`() {
    let parts = Self.parts(
      .reasoning("a"), .replay(name: "signature", json: "s1", of: .reasoning), .partEnd, .reasoning("b"),
      .replay(name: "signature", json: "s2", of: .reasoning), .text("c"), .partEnd,
      .replay(name: "thoughtSignature", json: "s3", of: .text),
      .replay(name: "redacted", json: "s4", of: .reasoning))
    #expect(
      parts == [
        MessagePart(.reasoning("a"), replay: Self.from(["signature": "s1"])),
        MessagePart(.reasoning("b"), replay: Self.from(["signature": "s2"])), .text("c"),
        MessagePart(.text(""), replay: Self.from(["thoughtSignature": "s3"])),
        MessagePart(.reasoning(""), replay: Self.from(["redacted": "s4"])),
      ])
  }

  @Test func `calls stand where they began, whole or not`() {
    let parts = Self.parts(
      .toolCallStart(index: 0, id: "a", name: "f", isSynthetic: false),
      .toolCallArguments(index: 0, fragment: "{"),
      .toolCallStart(index: 1, id: "b", name: "g", isSynthetic: true), .text("t"),
      .toolCallEnd(index: 0, arguments: "{}", isValid: true),
      .replay(name: "thoughtSignature", json: "s", of: .toolCall(index: 0)),
      .replay(name: "lost", json: "s", of: .toolCall(index: 7)))
    #expect(
      parts == [
        MessagePart(
          .toolCall(ToolCall(id: "a", name: "f", arguments: "{}")),
          replay: Self.from(["thoughtSignature": "s"])),
        MessagePart(.toolCall(ToolCall(id: "b", name: "g", arguments: "", isValid: false))), .text("t"),
      ])
  }

  @Test func `pictures and foreign parts stand by themselves`() {
    let image = ImageSource.data(mediaType: "image/png", base64: "QUJD")
    #expect(
      Self.parts(.text("a"), .image(image), .foreign(["x": 1]), .text("b")) == [
        .text("a"), MessagePart(.image(image)), MessagePart(.foreign(["x": 1]), replay: Self.from()),
        .text("b"),
      ])
  }
}

struct ToolCallPairingTests {
  private static let call = ToolCall(id: "c1", name: "f", arguments: "{}")
  private static func asks(_ ids: String...) -> CompletionRequest.Turn {
    CompletionRequest.Turn(
      role: .assistant,
      parts: ids.map {
        MessagePart(.toolCall(ToolCall(id: $0, name: "f", arguments: "{}", isValid: $0 != "bad")))
      })
  }
  private static func answers(_ ids: String...) -> CompletionRequest.Turn {
    CompletionRequest.Turn(
      role: .tool,
      parts: ids.map { MessagePart(.toolResult(ToolResult(call: $0, name: "f", parts: [.text($0)]))) })
  }
  private static func words(_ turns: [CompletionRequest.Turn]) -> [String] {
    turns.map { turn in
      turn.role.rawValue + ":"
        + turn.parts.map { part in
          if case .toolResult(let result) = part.content { "\(result.call)=\(result.text)" } else { "-" }
        }.joined(separator: ",")
    }
  }
  private static let user = CompletionRequest.Turn(role: .user, text: "u")

  static let rows: [(turns: [CompletionRequest.Turn], words: [String])] = [
    ([user, asks("a"), answers("a"), user], ["user:-", "assistant:-", "tool:a=a", "user:-"]),
    ([asks("a", "b"), answers("b"), answers("a")], ["assistant:-,-", "tool:a=a,b=b"]),
    ([asks("a"), user], ["assistant:-", "tool:a=The tool was not executed.", "user:-"]),
    (
      [asks("bad")],
      ["assistant:-", "tool:bad=The tool was not executed, its arguments are no JSON object: {}"]
    ),
    ([answers("a"), user], ["user:-"]),
    ([asks("a"), user, answers("a")], ["assistant:-", "tool:a=The tool was not executed.", "user:-"]),
    ([user], ["user:-"]), ([], []),
  ]

  @Test(arguments: rows.indices)
  func `every call has its one result, and every result its call`(index: Int) {
    let row = Self.rows[index]
    #expect(Self.words(row.turns.withEveryCallAnswered) == row.words)
    #expect(row.turns.withEveryCallAnswered.withEveryCallAnswered == row.turns.withEveryCallAnswered)
  }
}
