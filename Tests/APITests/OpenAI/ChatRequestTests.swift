import Basics
import Model
import Pipelines
import Testing
import Wire

@testable import API

/// What bodies of `POST /v1/chat/completions` mean.
struct ChatRequestTests {
  private static func body(_ members: JSONObject = [:]) -> JSON {
    var object: JSONObject = ["model": "a1", "messages": [["role": "user", "content": "hi"]]]
    for member in members.members { object[member.name] = member.value }
    return .object(object)
  }

  private static func read(_ members: JSONObject = [:]) throws -> ChatRequest {
    try ChatRequest(body(members).bytes)
  }

  private static func weather(_ members: JSONObject = [:]) -> JSON {
    var function: JSONObject = ["name": "get_weather", "parameters": ["type": "object"]]
    for member in members.members { function[member.name] = member.value }
    return ["type": "function", "function": .object(function)]
  }

  // MARK: How the agent is wanted

  static let settings: [(JSONObject, JSONObject)] = [
    ([:], [:]),
    (["temperature": 0.5, "top_p": 0.9], ["temperature": 0.5, "topP": 0.9]),
    (["max_tokens": 5], ["maxTokens": 5]), (["max_completion_tokens": 6], ["maxTokens": 6]),
    (["max_tokens": 5, "max_completion_tokens": 6], ["maxTokens": 6]),
    (["stop": "END"], ["stop": "END"]), (["stop": ["a", "b"]], ["stop": ["a", "b"]]), (["stop": nil], [:]),
    (
      ["seed": 7, "frequency_penalty": 1, "presence_penalty": -1],
      ["frequencyPenalty": 1, "presencePenalty": -1, "seed": 7]
    ),
    (["reasoning_effort": "low"], ["reasoningEffort": "low"]), (["top_k": 40], ["topK": 40]),
    (["response_format": ["type": "text"]], ["responseFormat": "text"]),
    (["response_format": ["type": "json_object"]], ["responseFormat": "json"]),
    (
      [
        "response_format": [
          "type": "json_schema",
          "json_schema": ["name": "n", "schema": ["type": "object"], "strict": true, "description": "d"],
        ]
      ], ["responseFormat": ["name": "n", "schema": ["type": "object"], "description": "d", "strict": true]]
    ),
    // What other servers know, or what only counts elsewhere, passes.
    (["user": "u", "store": true, "service_tier": "auto", "n": 1, "logprobs": false, "min_p": 0.1], [:]),
    (
      ["modalities": ["text"], "logit_bias": [:], "prediction": ["type": "content"], "verbosity": "low"], [:]
    ),
  ]

  @Test(arguments: settings) func `settings become the agent's for one call`(
    sent: JSONObject, config: JSONObject
  )
    throws
  {
    let request = try Self.read(sent)
    #expect(request.overrides.config == config)
    #expect(!request.isStreamed && request.conversation == nil && request.overrides.tools.isEmpty)
  }

  @Test func `tools and what to do about them`() throws {
    let plain = try Self.read(["tools": [Self.weather(["description": "d", "strict": true])]])
    #expect(
      plain.overrides.tools == [
        ToolDefinition(name: "get_weather", description: "d", parameters: ["type": "object"], isStrict: true)
      ])
    #expect(plain.overrides.toolChoice == nil && plain.overrides.allowsParallelCalls == nil)
    let named: JSON = ["type": "function", "function": ["name": "get_weather"]]
    let choices: [(JSON, ToolChoice)] = [
      ("auto", .auto), ("none", .never), ("required", .required), (named, .tool("get_weather")),
    ]
    for (sent, choice) in choices {
      let request = try Self.read([
        "tools": [Self.weather()], "tool_choice": sent, "parallel_tool_calls": false,
      ])
      #expect(request.overrides.toolChoice == choice && request.overrides.allowsParallelCalls == false)
    }
    let none = try Self.read(["tools": [], "tool_choice": "none", "parallel_tool_calls": true])
    #expect(none.overrides.isEmpty)
    let bare: JSON = ["type": "function", "function": ["name": "f"]]
    #expect(
      try Self.read(["tools": [bare]]).overrides.tools.first?.parameters
        == ["type": "object", "properties": [:]])
  }

  @Test func `metadata names the conversation, and the rest goes to steps and tools`() throws {
    let request = try Self.read([
      "metadata": ["conversation": "c1", "company_id": "5"], "stream": true,
      "stream_options": ["include_usage": true, "include_obfuscation": false],
    ])
    #expect(request.conversation == Identifier("c1") && request.parameters == ["company_id": "5"])
    #expect(request.isStreamed && request.includesUsage)
    #expect(
      try Self.read(["conversation": "c2", "metadata": ["conversation": "c1"]]).conversation
        == Identifier("c2"))
    #expect(try Self.read(["conversation": "", "metadata": nil]).conversation == nil)
  }

  // MARK: What was said

  private static let dialogue: [JSON] = [
    ["role": "system", "content": "Be brief."],
    ["role": "user", "content": "Weather?", "name": "ada"],
    [
      "role": "assistant", "content": nil,
      "tool_calls": [
        ["id": "c1", "type": "function", "function": ["name": "f", "arguments": "{\"a\":1}"]],
        ["id": "c2", "type": "function", "function": ["name": "g", "arguments": "nonsense"]],
      ],
    ],
    ["role": "tool", "tool_call_id": "c1", "content": "sunny"],
    ["role": "tool", "tool_call_id": "c2", "content": [["type": "text", "text": "12"]]],
    [
      "role": "assistant",
      "content": [["type": "text", "text": "Sunny."], ["type": "refusal", "refusal": "No."]],
    ],
    ["role": "developer", "content": [["type": "text", "text": "Rhyme."]]],
    [
      "role": "user",
      "content": [
        ["type": "text", "text": "This:"],
        ["type": "image_url", "image_url": ["url": "https://x.example/a.png", "detail": "low"]],
        ["type": "text", "text": "too?"],
      ],
    ],
  ]

  @Test func `messages become what was said before, the question, and instructions`() throws {
    let request = try Self.read(["messages": .array(Self.dialogue)])
    let said = request.transcript.messages
    #expect(request.overrides.instructions == "Be brief.\n\nRhyme." && request.overrides.earlierMessages == 4)
    #expect(said.map(\.role) == [.user, .agent, .tool, .agent, .user])
    #expect(
      said[1].parts.toolCalls == [
        ToolCall(id: "c1", name: "f", arguments: "{\"a\":1}"),
        ToolCall(id: "c2", name: "g", arguments: "nonsense", isValid: false),
      ])
    #expect(
      said[2].parts.map(\.content) == [
        .toolResult(ToolResult(call: "c1", name: "f", parts: [.text("sunny")])),
        .toolResult(ToolResult(call: "c2", name: "g", parts: [.text("12")])),
      ])
    #expect(said[3].parts.map(\.content) == [.text("Sunny."), .refusal("No.")])
    let agent = Agent(
      id: Identifier("a1"), name: "A", provider: "demo", model: "m", createdAt: Timestamp(milliseconds: 0),
      updatedAt: Timestamp(milliseconds: 0))
    let invocation = request.invocation(of: agent)
    #expect(invocation.earlier == Array(said.dropLast()) && invocation.text == "This:too?")
    #expect(
      invocation.parts.map(\.content) == [
        .text("This:"), .image(.url("https://x.example/a.png")), .text("too?"),
      ])
    var stored = try Self.read(["messages": .array(Self.dialogue), "conversation": "c1"])
    #expect(stored.invocation(of: agent).earlier.isEmpty && stored.overrides.earlierMessages == nil)
    stored = try Self.read()
    #expect(stored.invocation(of: agent).parts.isEmpty && stored.invocation(of: agent).text == "hi")
  }

  // MARK: What is refused

  static let wrong: [(JSONObject, param: String, code: String)] = [
    (["model": nil], "model", "missing_required_parameter"), (["model": 3], "model", "invalid_type"),
    (["messages": []], "messages", "missing_required_parameter"),
    (["messages": "hi"], "messages", "invalid_type"),
    (["messages": ["hi"]], "messages[0]", "invalid_type"),
    (["messages": [["content": "hi"]]], "messages[0].role", "missing_required_parameter"),
    (["messages": [["role": "bot", "content": "hi"]]], "messages[0].role", "invalid_value"),
    (["messages": [["role": "function", "content": "hi"]]], "messages[0].role", "invalid_value"),
    (["messages": [["role": "user"]]], "messages[0].content", "missing_required_parameter"),
    (["messages": [["role": "user", "content": 5]]], "messages[0].content", "invalid_type"),
    (["messages": [["role": "system", "content": "only"]]], "messages", "invalid_value"),
    (
      ["messages": [["role": "user", "content": "hi"], ["role": "assistant", "content": "ho"]]], "messages",
      "invalid_value"
    ),
    (
      ["messages": [["role": "tool", "content": "x"]]], "messages[0].tool_call_id",
      "missing_required_parameter"
    ),
    (
      ["messages": [["role": "user", "content": [["type": "input_audio"]]]]], "messages[0].content[0].type",
      "unsupported_parameter"
    ),
    (
      ["messages": [["role": "user", "content": [["type": "image_url", "image_url": ["url": "ftp://x"]]]]]],
      "messages[0].content[0].image_url", "invalid_value"
    ),
    (
      ["messages": [["role": "assistant", "content": "x", "tool_calls": [["id": "c", "type": "custom"]]]]],
      "messages[0].tool_calls[0].type", "unsupported_parameter"
    ),
    (["temperature": 3], "temperature", "invalid_value"),
    (["temperature": "hot"], "temperature", "invalid_value"),
    (["max_tokens": 0], "max_tokens", "invalid_value"),
    (["max_completion_tokens": 0], "max_completion_tokens", "invalid_value"),
    (["stop": ["a", "b", "c", "d", "e"]], "stop", "invalid_value"),
    (["reasoning_effort": "huge"], "reasoning_effort", "invalid_value"),
    (["n": 2], "n", "unsupported_value"), (["logprobs": true], "logprobs", "unsupported_parameter"),
    (["logit_bias": ["5": 1]], "logit_bias", "unsupported_parameter"),
    (["modalities": ["text", "audio"]], "modalities", "unsupported_parameter"),
    (["audio": ["voice": "x"]], "audio", "unsupported_parameter"),
    (["web_search_options": [:]], "web_search_options", "unsupported_parameter"),
    (["functions": [["name": "f"]]], "functions", "unsupported_parameter"),
    (["function_call": "auto"], "function_call", "unsupported_parameter"),
    (["stream": "yes"], "stream", "invalid_type"),
    (["stream_options": ["include_usage": true]], "stream_options", "invalid_value"),
    (["response_format": ["type": "xml"]], "response_format.type", "invalid_value"),
    (
      ["response_format": ["type": "json_schema"]], "response_format.json_schema",
      "missing_required_parameter"
    ),
    (
      ["response_format": ["type": "json_schema", "json_schema": ["name": "a b", "schema": [:]]]],
      "response_format", "invalid_value"
    ),
    (["tools": [["type": "custom"]]], "tools[0].type", "unsupported_parameter"),
    (["tools": [["type": "function"]]], "tools[0].function", "missing_required_parameter"),
    (["tools": [weather(["name": "a b"])]], "tools[0].function.name", "invalid_value"),
    (["tools": [weather(["parameters": "x"])]], "tools[0].function.parameters", "invalid_type"),
    (["tools": [weather(), weather()]], "tools[1].function.name", "invalid_value"),
    (["tool_choice": "required"], "tool_choice", "invalid_value"),
    (["tools": [weather()], "tool_choice": "maybe"], "tool_choice", "invalid_value"),
    (
      ["tools": [weather()], "tool_choice": ["type": "function", "function": ["name": "other"]]],
      "tool_choice.function.name", "invalid_value"
    ),
    (
      ["tools": [weather()], "tool_choice": ["type": "allowed_tools"]], "tool_choice", "unsupported_parameter"
    ),
    (["metadata": "x"], "metadata", "invalid_type"),
    (["metadata": ["conversation": 5]], "metadata.conversation", "invalid_type"),
  ]

  @Test(arguments: wrong) func `what is wrong is named`(sent: JSONObject, param: String, code: String) {
    let fault = #expect(throws: OpenAIFault.self) { try Self.read(sent) }
    #expect(fault?.param == param && fault?.code == code, "\(fault as Any)")
    #expect(fault?.status == 400 && fault?.type == "invalid_request_error" && fault?.isPassing == false)
  }

  @Test(arguments: ["", "[]", "{", "\"x\""]) func `a body that is no object is refused`(body: String) {
    let fault = #expect(throws: OpenAIFault.self) { try ChatRequest(Array(body.utf8)) }
    #expect(fault?.code == "invalid_json" && fault?.param == nil)
  }

  @Test func `a call brings two thousand messages at most`() {
    let message: JSON = ["role": "user", "content": "x"]
    #expect(throws: Never.self) {
      try Self.read(["messages": .array(Array(repeating: message, count: 2000))])
    }
    #expect(throws: OpenAIFault.self) {
      try Self.read(["messages": .array(Array(repeating: message, count: 2001))])
    }
  }
}
