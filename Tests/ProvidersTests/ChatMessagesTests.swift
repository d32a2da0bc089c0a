import Basics
import Fetch
import Model
import Testing

@testable import Providers

struct ChatMessagesTests {
  private static let hi = [CompletionRequest.Turn(role: .user, text: "Hi")]
  private static let messages = #""messages":[{"role":"user","content":"Hi"}]"#
  private static let key = ["OPENAI_API_KEY": "sk-1"]

  @Test func `every setting in OpenAI's words`() throws {
    #expect(
      try RequestKit.body(RequestKit.everything("gpt-4"), "openai", settings: Self.key)
        == #"{"model":"gpt-4",\#(Self.messages),"max_completion_tokens":9,"seed":7,"temperature":0.5,"top_p":1,"frequency_penalty":0.25,"presence_penalty":-1,"stop":["END"],"tools":[{"type":"function","function":{"name":"weather","description":"d","parameters":{"type":"object"},"strict":true}}],"tool_choice":"required","parallel_tool_calls":false,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}},"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}"#
    )
  }

  @Test func `a conversation with everything in it`() throws {
    let turns = RequestKit.turns(by: "openai", "m", call: ["extra_content": ["google": ["a": 1]]])
    let body = try RequestKit.body(
      CompletionRequest(model: "m", turns: turns), "openai", ["baseUrl": "http://h/v1"])
    #expect(
      try RequestKit.member("messages", of: body)
        == #"[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Weather?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]},{"role":"assistant","content":"Let me look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"},"extra_content":{"google":{"a":1}}},{"id":"c2","type":"function","function":{"name":"time","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"21 C"},{"role":"tool","tool_call_id":"c2","content":"bad"},{"role":"user","content":"And?"}]"#
    )
  }

  @Test func `pictures of tools follow as the user's`() throws {
    let image = MessagePart(.image(.url("https://h/x.png")))
    let turns = [
      CompletionRequest.Turn(
        role: .assistant, parts: [MessagePart(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")))]),
      CompletionRequest.Turn(
        role: .tool, parts: [MessagePart(.toolResult(ToolResult(call: "c", name: "f", parts: [image])))]),
    ]
    let body = try RequestKit.body(
      CompletionRequest(model: "m", turns: turns), "openai", ["baseUrl": "http://h/v1"])
    #expect(
      body.contains(
        #"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":""},{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://h/x.png"}}]}"#
      ))
  }

  @Test(arguments: [
    ("https://api.deepseek.com", "m", true), ("https://api.deepseek.com", "n", false),
    ("http://h/v1", "m", false),
  ])
  func `reasoning goes back with calls where the server wants it, to the model that wrote it`(
    base: String, model: String, isSent: Bool
  ) throws {
    let turns = RequestKit.turns(by: "openai", "m")
    let body = try RequestKit.body(
      CompletionRequest(model: model, turns: turns), "openai", ["baseUrl": .string(base), "apiKey": "k"])
    #expect(body.contains(#""content":"Let me look.","reasoning_content":"hm","tool_calls""#) == isSent)
  }

  @Test func `sealed reasoning goes back as the server sent it`() throws {
    let answer = DecoderKit.chat([
      #"{"choices":[{"delta":{"reasoning":"r","reasoning_details":[{"type":"reasoning.text","text":"r"}]}}]}"#,
      #"{"choices":[{"delta":{"content":"t","reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]}}]}"#,
      #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
    ])
    let turns =
      Self.hi + [CompletionRequest.Turn(role: .assistant, parts: answer.parts(by: DecoderKit.origin))]
    let body = try RequestKit.body(
      CompletionRequest(model: "asked", turns: turns), "openai", ["baseUrl": "http://h/v1"])
    #expect(
      body.contains(
        #"{"role":"assistant","content":"t","reasoning_details":[{"type":"reasoning.text","text":"r"},{"type":"reasoning.encrypted","data":"x"}]}"#
      ))
  }

  static let servers: [(base: String, members: String)] = [
    (
      "https://x.openai.azure.com/openai/v1",
      #""max_completion_tokens":9,"seed":7,"temperature":0.5,"top_p":1,"frequency"#
    ),
    ("https://api.groq.com/openai/v1", #""max_tokens":9,"seed":7,"temperature":0.5,"top_p":1,"frequency"#),
    ("https://openrouter.ai/api/v1", #""max_tokens":9,"seed":7,"temperature":0.5,"top_p":1,"top_k":40,"#),
    ("https://api.mistral.ai/v1", #""max_tokens":9,"random_seed":7,"temperature":0.5,"top_p":1,"frequency"#),
    ("https://api.mistral.ai/v1", #""tool_choice":"any""#),
    ("http://127.0.0.1:8080/v1", #""max_tokens":9,"seed":7,"temperature":0.5,"top_p":1,"top_k":40,"#),
  ]

  @Test(arguments: servers.indices)
  func `each server has its own members`(index: Int) throws {
    let (base, members) = Self.servers[index]
    let body = try RequestKit.body(
      RequestKit.everything("m"), "openai", ["baseUrl": .string(base), "apiKey": "k"])
    #expect(body.contains(members))
    #expect(body.contains("stream_options") == !(base.contains("mistral") || base.contains("127.0.0.1")))
  }

  @Test func `Azure has a field for its key, and older addresses a version`() throws {
    func encode(_ base: String, _ config: JSONObject) throws -> FetchRequest {
      var config = config
      config["baseUrl"] = .string(base)
      return try RequestKit.encode(CompletionRequest(model: "m", turns: Self.hi), "openai", config)
    }
    let classic = try encode("https://x.openai.azure.com/openai/deployments/d", ["apiKey": "k"])
    #expect(
      classic.url.text
        == "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21")
    #expect(classic.field("api-key") == "k" && classic.field("Authorization") == nil)
    let token = try encode("https://x.openai.azure.com/openai/v1", ["apiKey": "k", "authPrefix": "Bearer"])
    #expect(token.url.text == "https://x.openai.azure.com/openai/v1/chat/completions")
    #expect(token.field("api-key") == nil && token.field("Authorization") == "Bearer k")
  }

  @Test func `options of the agent win, and null takes away`() throws {
    var request = RequestKit.everything("gpt-4")
    request.tools = []
    request.format = .json
    request.options = [
      "max_completion_tokens": nil, "max_tokens": 9, "verbosity": "low", "stop": nil, "seed": nil,
    ]
    #expect(
      try RequestKit.body(request, "openai", settings: Self.key)
        == #"{"model":"gpt-4",\#(Self.messages),"temperature":0.5,"top_p":1,"frequency_penalty":0.25,"presence_penalty":-1,"response_format":{"type":"json_object"},"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},"max_tokens":9,"verbosity":"low"}"#
    )
  }

  @Test(arguments: ["http://api.openai.com/v1", "http://api.groq.com/openai/v1"])
  func `a key never goes to a hosted server in the clear`(base: String) throws {
    let request = try RequestKit.encode(
      CompletionRequest(model: "m", turns: Self.hi), "openai", ["baseUrl": .string(base), "apiKey": "k"])
    #expect(!request.allowsPlainHTTP)
  }
}

struct OllamaRequestTests {
  @Test func `every setting in Ollama's words`() throws {
    var request = RequestKit.everything("m")
    request.reasoningEffort = .medium
    #expect(
      try RequestKit.body(request, "ollama")
        == #"{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"weather","description":"d","parameters":{"type":"object"}}}],"think":"medium","format":{"type":"object"},"stream":true,"options":{"num_predict":9,"temperature":0.5,"top_p":1,"top_k":40,"frequency_penalty":0.25,"presence_penalty":-1,"seed":7,"stop":["END"]}}"#
    )
  }

  @Test func `a conversation with everything in it`() throws {
    let turns = RequestKit.turns(by: "ollama", "m")
    let body = try RequestKit.body(CompletionRequest(model: "m", turns: turns), "ollama")
    #expect(
      try RequestKit.member("messages", of: body)
        == #"[{"role":"system","content":"Be brief."},{"role":"user","content":"Weather?","images":["QUJD"]},{"role":"assistant","content":"Let me look.","thinking":"hm","tool_calls":[{"id":"c1","function":{"index":0,"name":"weather","arguments":{"city":"Rome"}}},{"id":"c2","function":{"index":1,"name":"time","arguments":{}}}]},{"role":"tool","content":"21 C","tool_name":"weather","tool_call_id":"c1"},{"role":"tool","content":"bad","tool_name":"time","tool_call_id":"c2"},{"role":"user","content":"And?"}]"#
    )
    #expect(
      try !RequestKit.body(CompletionRequest(model: "n", turns: turns), "ollama").contains("thinking"))
  }

  @Test func `no tools means none, plain JSON is a word, an address is told, options win`() throws {
    var request = CompletionRequest(
      model: "m",
      turns: [
        CompletionRequest.Turn(
          role: .user, parts: [.text("Look:"), MessagePart(.image(.url("https://h/x.png")))])
      ], temperature: 0.5)
    request.tools = [RequestKit.tool]
    request.toolChoice = .never
    request.format = .json
    request.reasoningEffort = .off
    request.options = ["options": ["num_ctx": 16_384], "truncate": false]
    #expect(
      try RequestKit.body(request, "ollama")
        == #"{"model":"m","messages":[{"role":"user","content":"Look:\nhttps://h/x.png"}],"think":false,"format":"json","stream":true,"options":{"temperature":0.5,"num_ctx":16384},"truncate":false}"#
    )
  }

  @Test func `its cloud has a key`() throws {
    let settings = ["OLLAMA_BASE_URL": "https://ollama.com", "OLLAMA_API_KEY": "k"]
    let request = try RequestKit.encode(
      CompletionRequest(model: "m", turns: []), "ollama", settings: settings)
    #expect(request.field("Authorization") == "Bearer k")
  }
}
