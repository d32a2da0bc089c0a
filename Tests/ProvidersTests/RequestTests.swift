import Basics
import Fetch
import Model
import Testing

@testable import Providers

struct RequestTests {
  private static let turns = [
    CompletionRequest.Turn(role: .system, text: "Be \"brief\"."),
    CompletionRequest.Turn(role: .user, text: "Hi"),
    CompletionRequest.Turn(role: .assistant, text: "Hello"),
    CompletionRequest.Turn(role: .user, text: "Again"),
  ]
  private static let messages =
    #""messages":[{"role":"system","content":"Be \"brief\"."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Again"}]"#

  private static func call(
    _ provider: String, _ model: String, _ config: JSONObject = [:], sampling: Bool = false
  ) throws -> ProviderCall {
    var request = CompletionRequest(model: model, turns: turns)
    if sampling {
      request.temperature = 0.5
      request.topP = 1
      request.maxTokens = 9
      request.stop = ["END"]
    }
    return ProviderCall(provider: provider, request: request, configuration: try AgentConfiguration(config))
  }

  private static func encode(
    _ call: ProviderCall, _ settings: [String: String] = [:]
  ) throws -> (request: FetchRequest, body: String) {
    guard case .http(let codec) = ProviderTable.row(named: call.provider)?.access else {
      throw ProviderError(.unknownProvider, "", provider: "")
    }
    let encoded = try codec.encode(call, settings: try ProviderSettings(settings))
    return (encoded.request, String(decoding: encoded.request.body, as: UTF8.self))
  }

  private static func field(_ request: FetchRequest, _ name: String) -> String? {
    request.fields.first { $0.name == name }?.value
  }

  @Test func `OpenAI is spoken to in its own words`() throws {
    let (request, body) = try Self.encode(
      Self.call("openai", "gpt-4", sampling: true), ["OPENAI_API_KEY": "sk-1"])
    #expect(request.url.text == "https://api.openai.com/v1/chat/completions")
    #expect(!request.allowsPlainHTTP)
    #expect(Self.field(request, "Authorization") == "Bearer sk-1")
    #expect(Self.field(request, "Accept") == "text/event-stream")
    #expect(
      body
        == #"{"model":"gpt-4",\#(Self.messages),"max_completion_tokens":9,"temperature":0.5,"top_p":1,"stop":["END"],"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}"#
    )
  }

  @Test(arguments: ["o1", "o3-mini", "gpt-5", "gpt-5-mini"])
  func `reasoning models get no sampling members`(model: String) throws {
    let (_, body) = try Self.encode(Self.call("openai", model, sampling: true), ["OPENAI_API_KEY_1": "sk-1"])
    #expect(!body.contains("temperature") && !body.contains("top_p") && !body.contains("stop\""))
    #expect(body.contains("max_completion_tokens"))
  }

  @Test func `a server of one's own needs no key and gets the plain members only`() throws {
    let (request, body) = try Self.encode(
      Self.call("openai", "local", sampling: true), ["OPENAI_BASE_URL": "http://127.0.0.1:8080/v1/"])
    #expect(request.url.text == "http://127.0.0.1:8080/v1/chat/completions")
    #expect(request.allowsPlainHTTP)
    #expect(Self.field(request, "Authorization") == nil)
    #expect(
      body
        == #"{"model":"local",\#(Self.messages),"max_tokens":9,"temperature":0.5,"top_p":1,"stop":["END"],"stream":true}"#
    )
    let asking = try Self.encode(Self.call("openai", "m", ["baseUrl": "http://h/v1", "streamUsage": true]))
    #expect(asking.body.hasSuffix(#""stream":true,"stream_options":{"include_usage":true}}"#))
    #expect(
      try Self.encode(Self.call("openai", "m", ["baseUrl": "https://api.groq.com/openai/v1"])).body.contains(
        "include_usage"))
  }

  @Test func `nothing that was not asked for is sent`() throws {
    let (_, body) = try Self.encode(Self.call("openai", "m", ["baseUrl": "http://h/v1"]))
    #expect(body == #"{"model":"m",\#(Self.messages),"stream":true}"#)
  }

  @Test func `the environment's key goes only to the environment's server`() throws {
    let settings = ["OPENAI_API_KEY": "sk-1", "BYTEZ_API_KEY": "b-1"]
    let elsewhere = try Self.encode(
      Self.call("openai", "m", ["baseUrl": "https://evil.example/v1"]), settings)
    #expect(Self.field(elsewhere.request, "Authorization") == nil)
    let lookalike = try Self.encode(
      Self.call("openai", "m", ["baseUrl": "https://api.openai.com.evil.example/v1"]), settings)
    #expect(Self.field(lookalike.request, "Authorization") == nil)
    #expect(throws: ProviderError.self) {
      try Self.encode(Self.call("bytez", "m", ["baseUrl": "https://evil.example/v1"]), settings)
    }
    let own = try Self.encode(Self.call("openai", "m", ["baseUrl": "https://h/v1", "apiKey": "k"]), settings)
    #expect(Self.field(own.request, "Authorization") == "Bearer k")
    let same = try Self.encode(Self.call("openai", "m", ["baseUrl": "https://api.openai.com/v1"]), settings)
    #expect(Self.field(same.request, "Authorization") == "Bearer sk-1")
  }

  @Test func `Bytez always gets a limit, and its prefix can be switched`() throws {
    let (request, body) = try Self.encode(Self.call("bytez", "Qwen/Qwen3-4B"), ["BYTEZ_API_KEY_1": "b-1"])
    #expect(request.url.text == "https://api.bytez.com/models/v2/openai/v1/chat/completions")
    #expect(request.timeouts.firstByte == .seconds(300))
    #expect(Self.field(request, "Authorization") == "Bearer b-1")
    #expect(body == #"{"model":"Qwen/Qwen3-4B",\#(Self.messages),"max_tokens":4096,"stream":true}"#)
    for (prefix, value) in [("Key", "Key b-2"), ("", "b-2")] {
      let call = try Self.call(
        "bytez", "m", ["apiKey": "b-2", "authPrefix": .string(prefix), "providerKey": "v"])
      let request = try Self.encode(call).request
      #expect(Self.field(request, "Authorization") == value)
      #expect(Self.field(request, "provider-key") == "v")
    }
  }

  @Test func `Ollama gets options by its own names`() throws {
    let (request, body) = try Self.encode(Self.call("ollama", "llama3", sampling: true))
    #expect(request.url.text == "http://localhost:11434/api/chat")
    #expect(request.timeouts.firstByte == .seconds(600))
    #expect(Self.field(request, "Authorization") == nil)
    #expect(
      body
        == #"{"model":"llama3",\#(Self.messages),"stream":true,"options":{"num_predict":9,"temperature":0.5,"top_p":1,"stop":["END"]}}"#
    )
    let plain = try Self.encode(
      Self.call("ollama", "m", ["apiKey": "k"]), ["OLLAMA_BASE_URL": "https://ollama.com"])
    #expect(plain.request.url.text == "https://ollama.com/api/chat")
    #expect(Self.field(plain.request, "Authorization") == "Bearer k")
    #expect(!plain.body.contains("options"))
  }

  @Test func `time-outs come from the agent, then the environment, then the provider`() throws {
    let call = try Self.call("ollama", "m", ["timeouts": ["idle": 0.5]])
    let settings = ["AGENTHUB_PROVIDER_IDLE_TIMEOUT": "7", "AGENTHUB_PROVIDER_TOTAL_TIMEOUT": "60"]
    let timeouts = try Self.encode(call, settings).request.timeouts
    #expect(
      timeouts
        == FetchTimeouts(
          connect: .seconds(10), firstByte: .seconds(600), idle: .milliseconds(500), total: .seconds(60)))
  }

  @Test(
    arguments: [
      ("openai", "OpenAI API key is required", ["OPENAI_API_KEY", "config.apiKey"]),
      ("bytez", "Bytez API key is required", ["BYTEZ_API_KEY", "config.apiKey"]),
    ])
  func `a missing key is named`(provider: String, message: String, hints: [String]) throws {
    let call = try Self.call(provider, "m")
    #expect {
      try Self.encode(call)
    } throws: { error in
      guard let error = error as? ProviderError else { return false }
      return error.kind == .keyMissing && error.message == message
        && hints.allSatisfy { error.hint?.contains($0) == true }
    }
  }

  @Test func `an agent becomes a call`() throws {
    let agent = Agent(
      id: Identifier("a"), name: "A", provider: "google", model: "m",
      config: ["systemPrompt": "Be kind.", "temperature": 1, "maxTokens": 5, "stop": ["x"]],
      createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))
    let call = try ProviderCall(agent: agent, turns: [CompletionRequest.Turn(role: .user, text: "Hi")])
    #expect(call.request.turns.map(\.text) == ["Be kind.", "Hi"])
    #expect(call.request.turns.first?.role == .system)
    #expect(call.request.temperature == 1)
    #expect(call.request.maxTokens == 5)
    #expect(call.request.stop == ["x"])
    var wrong = agent
    wrong.config = ["temperature": 5]
    #expect { try ProviderCall(agent: wrong, turns: []) } throws: { "\($0)".contains("config.temperature") }
  }
}

struct ProviderTableTests {
  @Test(arguments: [
    ("google", "gemini"), ("OpenAI", "openai"), ("claude", "anthropic"), ("aws", "bedrock"), ("demo", "demo"),
  ])
  func `names and aliases find their row`(name: String, row: String) {
    #expect(ProviderTable.row(named: name)?.name == row)
  }

  @Test func `no name means two things`() {
    let names = ProviderTable.rows.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    #expect(ProviderTable.row(named: "nope") == nil)
  }

  @Test(
    arguments: [
      ["OPENAI_BASE_URL": "localhost:80"], ["OLLAMA_BASE_URL": "ftp://x"],
      ["AGENTHUB_PROVIDER_IDLE_TIMEOUT": "soon"],
      ["AGENTHUB_PROVIDER_TOTAL_TIMEOUT": "0"], ["BYTEZ_BASE_URL": "https://u:p@h"],
    ])
  func `a setting that cannot be used is named at the start`(values: [String: String]) {
    #expect { try ProviderSettings(values) } throws: { "\($0)".contains(values.first?.key ?? "-") }
  }

  @Test(
    arguments: [
      (["X_API_KEY": "a", "X_API_KEY_1": "b"], "a"), (["X_API_KEY_1": "b", "X_API_KEY_2": "c"], "b"),
      // S000-12: a gap ends the numbered ones.
      (["X_API_KEY_20": "t", "X_API_KEY_3": "c"], nil), (["X_API_KEY": "", "X_API_KEY_2": "c"], nil),
      (["X_API_KEY_21": "u"], nil), (["X_API_KEYS": "one", "X_API_KEY_2": "c"], "one"),
      (["X_API_KEYS": " ,one, two"], "one"), (["X_API_KEYS": "one", "X_API_KEY_1": "c"], "c"),
      (["X_API_KEYS": " , "], nil), ([:], nil),
    ] as [([String: String], String?)])
  func `the first key that is set is used`(values: [String: String], key: String?) throws {
    #expect(try ProviderSettings(values).key("X_API_KEY") == key)
  }

  @Test func `S000-12 twenty keys count, and those behind a gap are named instead`() throws {
    var values = Dictionary(uniqueKeysWithValues: (1...20).map { ("X_API_KEY_\($0)", "key \($0)") })
      .mapValues { $0.replacing(" ", with: "-") }
    #expect(try ProviderSettings(values).keys("X_API_KEY").count == 20)
    values["X_API_KEY_4"] = nil
    let settings = try ProviderSettings(values)
    #expect(settings.keys("X_API_KEY") == ["key-1", "key-2", "key-3"])
    #expect(settings.keysBehindGap("X_API_KEY") == (5...20).map { "X_API_KEY_\($0)" })
  }

  @Test(arguments: [("bytez", "BYTEZ_API_KEYS"), ("openai", "OPENAI_API_KEY_1")])
  func `a codec asks for the first key`(provider: String, variable: String) throws {
    let call = ProviderCall(
      provider: provider, request: CompletionRequest(model: "m", turns: []),
      configuration: AgentConfiguration())
    guard case .http(let codec) = ProviderTable.row(named: provider)?.access else {
      return #expect(Bool(false))
    }
    let encoded = try codec.encode(call, settings: try ProviderSettings([variable: "first-key"]))
    #expect(encoded.request.fields.contains { $0 == ("Authorization", "Bearer first-key") })
  }

  @Test func `an empty setting counts as not given`() throws {
    #expect(try ProviderSettings(["OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""])["OPENAI_API_KEY"] == nil)
  }
}
