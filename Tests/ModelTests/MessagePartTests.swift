import Basics
import Model
import Testing

struct MessagePartTests {
  static let parts: [MessagePart] = [
    .text("Hé \"you\""), MessagePart(.refusal("no")),
    MessagePart(
      .reasoning("hm"), replay: ReplayState(provider: "anthropic", model: "c", data: ["signature": "EqQB"])),
    MessagePart(.reasoning(""), replay: ReplayState(provider: "deepseek", model: "r")),
    MessagePart(.image(.data(mediaType: "image/png", base64: "QUJD"))),
    MessagePart(.image(.url("https://h/x.png"))),
    MessagePart(
      .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a": 1}"#)),
      replay: ReplayState(provider: "gemini", model: "g", data: ["thoughtSignature": "QUJD"])),
    MessagePart(.toolCall(ToolCall(id: "c2", name: "f", arguments: "{oops", isValid: false))),
    MessagePart(
      .toolResult(
        ToolResult(
          call: "c1", name: "f",
          parts: [.text("21"), MessagePart(.image(.data(mediaType: "image/png", base64: "QUJD")))]))),
    MessagePart(.toolResult(ToolResult(call: "c2", name: "f", parts: [.text("bad")], isError: true))),
    MessagePart(
      .foreign(["type": "server_tool_use"]), replay: ReplayState(provider: "anthropic", model: "c")),
  ]

  @Test func `parts survive storage`() throws {
    let stored = Self.parts.json.text
    #expect([MessagePart](json: try JSON.parse(stored)) == Self.parts)
  }

  @Test func `parts have one form`() {
    #expect(
      [Self.parts[2], Self.parts[6]].json.text
        == #"[{"type":"reasoning","text":"hm","replay":{"provider":"anthropic","model":"c","data":{"signature":"EqQB"}}},{"type":"tool_call","id":"c1","name":"f","arguments":"{\"a\": 1}","replay":{"provider":"gemini","model":"g","data":{"thoughtSignature":"QUJD"}}}]"#
    )
  }

  @Test func `what a later hub stores and this one does not know is left out`() throws {
    let json = try JSON.parse(
      #"[{"type":"hologram"},{"type":"text"},{"type":"image"},{"type":"tool_call"},{"type":"tool_result"},1,{"type":"text","text":"a"}]"#
    )
    #expect([MessagePart](json: json) == [.text("a")])
    #expect([MessagePart](json: nil).isEmpty && [MessagePart](json: "text").isEmpty)
  }

  @Test func `texts and calls are found`() {
    #expect(Self.parts.text == "Hé \"you\"no")
    #expect(Self.parts.toolCalls.map(\.id) == ["c1", "c2"])
    #expect(Self.parts.toolCalls.map(\.argumentsObject) == [["a": 1], [:]])
  }

  @Test(
    arguments: [
      ("https://h/x.png", .url("https://h/x.png")), ("http://h", .url("http://h")),
      ("data:image/png;base64,QUJD", .data(mediaType: "image/png", base64: "QUJD")),
      ("data:image/svg+xml;charset=utf-8;base64,QUJD", .data(mediaType: "image/svg+xml", base64: "QUJD")),
      ("data:image/png;base64,", nil), ("data:image/png;base64,Q!", nil), ("data:image/png,QUJD", nil),
      ("data:text/html;base64,QUJD", nil), ("file:///etc/passwd", nil), ("", nil),
    ] as [(String, ImageSource?)])
  func `a picture is read from a URL`(url: String, source: ImageSource?) {
    #expect(ImageSource(url: url) == source)
  }

  @Test func `tokens of every kind survive storage`() {
    let usage = Usage(
      inputTokens: 1, outputTokens: 2, cachedTokens: 3, cacheWriteTokens: 4, reasoningTokens: 5)
    #expect(Usage(json: usage.json) == usage)
  }
}
