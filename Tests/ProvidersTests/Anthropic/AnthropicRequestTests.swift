import Basics
import Fetch
import Model
import Testing

@testable import Providers

struct AnthropicRequestTests {
  private static let hi = [CompletionRequest.Turn(role: .user, text: "Hi")]
  private static let messages = #""messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]"#
  private static let key = ["ANTHROPIC_API_KEY": "sk-ant-1"]

  private static func body(_ request: CompletionRequest, _ config: JSONObject = [:]) throws -> String {
    try RequestKit.body(request, "anthropic", config, settings: key)
  }

  @Test func `the smallest request`() throws {
    let request = try RequestKit.encode(
      CompletionRequest(model: "claude-x", turns: Self.hi), "claude", settings: Self.key)
    #expect(request.url.text == "https://api.anthropic.com/v1/messages")
    #expect(!request.allowsPlainHTTP)
    #expect(request.field("x-api-key") == "sk-ant-1")
    #expect(request.field("anthropic-version") == "2023-06-01")
    #expect(request.field("Authorization") == nil)
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"model":"claude-x","max_tokens":4096,\#(Self.messages),"stream":true}"#)
  }

  @Test func `every setting in its own words`() throws {
    #expect(
      try Self.body(RequestKit.everything("claude-x"))
        == #"{"model":"claude-x","max_tokens":9,\#(Self.messages),"tools":[{"name":"weather","description":"d","input_schema":{"type":"object"},"strict":true}],"tool_choice":{"type":"any","disable_parallel_tool_use":true},"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},"temperature":0.5,"top_p":1,"top_k":40,"stop_sequences":["END"],"stream":true}"#
    )
  }

  @Test func `what was said, thought and done goes back as it came`() throws {
    let request = CompletionRequest(
      model: "claude-x", turns: RequestKit.turns(by: "anthropic", "claude-x", reasoning: ["signature": "s"]))
    let body = try Self.body(request)
    #expect(try RequestKit.member("system", of: body) == #""Be brief.""#)
    #expect(
      try RequestKit.member("messages", of: body)
        == #"[{"role":"user","content":[{"type":"text","text":"Weather?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Let me look."},{"type":"tool_use","id":"c1","name":"weather","input":{"city":"Rome"}},{"type":"tool_use","id":"c2","name":"time","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"21 C"}]},{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"bad"}],"is_error":true},{"type":"text","text":"And?"}]}]"#
    )
  }

  @Test(arguments: [("anthropic", "other"), ("gemini", "claude-x")])
  func `another's sealed reasoning stays behind`(provider: String, model: String) throws {
    let turns = RequestKit.turns(by: provider, model, reasoning: ["signature": "s"])
    let body = try Self.body(CompletionRequest(model: "claude-x", turns: turns))
    #expect(!body.contains("thinking") && body.contains("Let me look."))
  }

  @Test func `sealed and foreign blocks go back to their model only`() throws {
    func replay(_ data: JSONObject) -> ReplayState {
      ReplayState(provider: "anthropic", model: "claude-x", data: data)
    }
    let answer = CompletionRequest.Turn(
      role: .assistant,
      parts: [
        MessagePart(.reasoning(""), replay: replay(["redacted_thinking": "c2VhbGVk"])),
        MessagePart(.foreign(["type": "server_tool_use"]), replay: replay([:])), .text(""),
      ])
    let own = try Self.body(CompletionRequest(model: "claude-x", turns: Self.hi + [answer]))
    #expect(
      own.contains(
        #"{"role":"assistant","content":[{"type":"redacted_thinking","data":"c2VhbGVk"},{"type":"server_tool_use"}]}"#
      ))
    let other = try Self.body(CompletionRequest(model: "claude-y", turns: Self.hi + [answer]))
    #expect(other.contains(#"\#(Self.messages),"#))
  }

  @Test func `who has nothing to say is left out, and the other side's words are one`() throws {
    let silent = CompletionRequest.Turn(role: .assistant, parts: [MessagePart(.reasoning("hm")), .text("")])
    let body = try Self.body(CompletionRequest(model: "m", turns: [silent] + Self.hi + [silent] + Self.hi))
    #expect(
      try RequestKit.member("messages", of: body)
        == #"[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"Hi"}]}]"#)
  }

  @Test func `ids of others are made fit for it, the same on both sides`() throws {
    let turns = [
      CompletionRequest.Turn(
        role: .assistant, parts: [MessagePart(.toolCall(ToolCall(id: "a.b", name: "f", arguments: "{}")))]),
      CompletionRequest.Turn(
        role: .tool, parts: [MessagePart(.toolResult(ToolResult(call: "a.b", name: "f", parts: [])))]),
    ]
    let body = try Self.body(CompletionRequest(model: "m", turns: turns))
    #expect(body.contains(#""id":"call_612e62""#) && body.contains(#""tool_use_id":"call_612e62""#))
    // The user speaks first.
    #expect(body.contains(#""messages":[{"role":"user","content":[{"type":"text","text":"(The conversation"#))
  }

  @Test(
    arguments: [
      (.off, #""thinking":{"type":"disabled"},"temperature":1,"#),
      (.minimal, #""thinking":{"type":"adaptive"},"output_config":{"effort":"low"},"stream""#),
      (.high, #""thinking":{"type":"adaptive"},"output_config":{"effort":"high"},"stream""#),
    ] as [(ReasoningEffort, String)])
  func `thinking is asked for, and sampling left alone with it`(effort: ReasoningEffort, members: String)
    throws
  {
    var request = CompletionRequest(model: "m", turns: Self.hi, temperature: 1.5)
    request.reasoningEffort = effort
    #expect(try Self.body(request).contains(members))
  }

  @Test(
    arguments: [
      (.auto, #"{"type":"auto"}"#), (.never, #"{"type":"none"}"#),
      (.tool("f"), #"{"type":"tool","name":"f"}"#),
      (nil, nil),
    ] as [(ToolChoice?, String?)])
  func `the choice of tools`(choice: ToolChoice?, json: String?) throws {
    var request = CompletionRequest(model: "m", turns: Self.hi)
    request.tools = [RequestKit.tool]
    request.toolChoice = choice
    #expect(try RequestKit.member("tool_choice", of: try Self.body(request)) == json)
  }

  @Test func `options of the agent win, and null takes away`() throws {
    var request = CompletionRequest(model: "m", turns: Self.hi)
    request.reasoningEffort = .high
    request.options = [
      "thinking": ["type": "enabled", "budget_tokens": 2048], "output_config": nil, "max_tokens": 4097,
    ]
    #expect(
      try Self.body(request)
        == #"{"model":"m","max_tokens":4097,\#(Self.messages),"thinking":{"type":"enabled","budget_tokens":2048},"stream":true}"#
    )
  }

  @Test(
    arguments: [
      ("http://127.0.0.1:1", "http://127.0.0.1:1/v1/messages"),
      ("http://127.0.0.1:1/anthropic/", "http://127.0.0.1:1/anthropic/v1/messages"),
      ("https://h/x/v1", "https://h/x/v1/messages"), ("https://v1.example", "https://v1.example/v1/messages"),
    ])
  func `an address may end in the version or not`(base: String, url: String) throws {
    let request = try RequestKit.encode(
      CompletionRequest(model: "m", turns: Self.hi), "anthropic", ["baseUrl": .string(base)],
      settings: Self.key)
    #expect(request.url.text == url)
    #expect(request.field("x-api-key") == nil, "the environment's key goes to the environment's server only")
  }

  @Test func `a token goes where the agent says`() throws {
    let request = try RequestKit.encode(
      CompletionRequest(model: "m", turns: Self.hi), "anthropic", ["apiKey": "t", "authPrefix": "Bearer"])
    #expect(request.field("Authorization") == "Bearer t" && request.field("x-api-key") == nil)
  }
}
