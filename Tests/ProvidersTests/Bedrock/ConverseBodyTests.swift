import Basics
import Model
import Testing

@testable import Providers

struct ConverseBodyTests {
  private typealias Turn = CompletionRequest.Turn
  private static let nova = "us.amazon.nova-lite-v1:0"
  private static let claude = "us.anthropic.claude-sonnet-4-20250514-v1:0"

  private static func request(_ turns: Turn..., model: String = nova) -> CompletionRequest {
    CompletionRequest(model: model, turns: turns.isEmpty ? [Turn(role: .user, text: "Hi")] : turns)
  }

  private static func body(_ request: CompletionRequest) throws -> JSON {
    try JSON.parse(ConverseBody(request: request).bytes)
  }

  private static func messages(_ turns: Turn...) throws -> JSON? {
    try body(CompletionRequest(model: nova, turns: turns))["messages"]
  }

  private static func proof(_ data: JSONObject, model: String = nova) -> ReplayState {
    ReplayState(provider: "bedrock", model: model, data: data)
  }

  @Test func `a question is one message`() throws {
    #expect(
      try Self.body(Self.request()) == ["messages": [["role": "user", "content": [["text": "Hi"]]]]])
  }

  @Test func `what an agent sets goes where Converse has it`() throws {
    var request = Self.request(
      Turn(role: .system, text: "Be brief."), Turn(role: .system, text: "Be kind."),
      Turn(role: .user, text: "Hi"))
    (request.maxTokens, request.temperature, request.topP) = (512, 1.5, 0.5)
    request.stop = ["END"]
    request.topK = 20
    request.seed = 1
    request.format = .schema(
      AnswerSchema(name: "n", description: "d", schema: ["type": "object"], isStrict: true))
    request.options = ["serviceTier": ["type": "flex"], "inferenceConfig": ["maxTokens": 7]]
    #expect(
      try Self.body(request) == [
        "system": [["text": "Be brief.\n\nBe kind."]],
        "messages": [["role": "user", "content": [["text": "Hi"]]]],
        // Elsewhere a temperature goes to 2, here to 1. The agent's own options win.
        "inferenceConfig": ["maxTokens": 7, "temperature": 1, "topP": 0.5, "stopSequences": ["END"]],
        "outputConfig": [
          "textFormat": [
            "type": "json_schema",
            "structure": [
              "jsonSchema": ["name": "n", "description": "d", "schema": #"{"type":"object"}"#]
            ],
          ]
        ],
        "additionalModelRequestFields": ["inferenceConfig": ["topK": 20]],
        "serviceTier": ["type": "flex"],
      ])
  }

  static let efforts: [(model: String, effort: ReasoningEffort, name: String, value: JSON?)] = [
    (
      "us.amazon.nova-2-lite-v1:0", .low, "additionalModelRequestFields",
      ["reasoningConfig": ["type": "enabled", "maxReasoningEffort": "low"]]
    ),
    (
      "us.amazon.nova-2-lite-v1:0", .off, "additionalModelRequestFields",
      ["reasoningConfig": ["type": "disabled"]]
    ),
    ("us.amazon.nova-2-lite-v1:0", .low, "outputConfig", nil),
    ("openai.gpt-oss-120b-1:0", .high, "additionalModelRequestFields", ["reasoning_effort": "high"]),
    ("us.anthropic.claude-opus-4-5-v1:0", .high, "outputConfig", ["effort": "high"]),
    ("us.anthropic.claude-opus-4-5-v1:0", .minimal, "outputConfig", ["effort": "low"]),
    ("us.anthropic.claude-opus-4-5-v1:0", .off, "outputConfig", nil),
  ]

  @Test(arguments: efforts.indices)
  func `each family has its own word for effort`(index: Int) throws {
    let (model, effort, name, value) = Self.efforts[index]
    var request = Self.request(model: model)
    request.reasoningEffort = effort
    #expect(try Self.body(request)[name] == value)
  }

  // MARK: The conversation

  @Test func `the sides take turns and the user begins`() throws {
    #expect(
      try Self.messages(
        Turn(role: .assistant, text: "Welcome"), Turn(role: .assistant, text: "Ask"),
        Turn(role: .user, text: "A"), Turn(role: .user, text: "B"), Turn(role: .assistant, text: " \n"),
        Turn(role: .user, text: "C")) == [
          ["role": "user", "content": [["text": "(The conversation begins here.)"]]],
          ["role": "assistant", "content": [["text": "Welcome"], ["text": "Ask"]]],
          ["role": "user", "content": [["text": "A"], ["text": "B"], ["text": "C"]]],
        ])
  }

  @Test func `images go as bytes or from S3`() throws {
    let parts: [MessagePart] = [
      MessagePart(.image(.data(mediaType: "image/png", base64: "AQI="))),
      MessagePart(.image(.data(mediaType: "image/jpg", base64: "AQI="))),
      MessagePart(.image(.url("s3://bucket/a.WebP"))),
    ]
    #expect(
      try Self.messages(Turn(role: .user, parts: parts)) == [
        [
          "role": "user",
          "content": [
            ["image": ["format": "png", "source": ["bytes": "AQI="]]],
            ["image": ["format": "jpeg", "source": ["bytes": "AQI="]]],
            ["image": ["format": "webp", "source": ["s3Location": ["uri": "s3://bucket/a.WebP"]]]],
          ],
        ]
      ])
  }

  @Test func `an image that cannot go along is named in words`() throws {
    let parts: [MessagePart] = [
      MessagePart(.image(.url("https://example.org/a.png"))),
      MessagePart(.image(.data(mediaType: "image/tiff", base64: "AQI="))),
    ]
    let content = try Self.messages(Turn(role: .user, parts: parts))?[0]?["content"]
    #expect(content?[0]?["text"]?.string?.contains("https://example.org/a.png") == true)
    #expect(content?[1]?["text"]?.string?.contains("image/tiff") == true)
  }

  @Test func `reasoning goes back with its proof, and only to the model that wrote it`() throws {
    let parts: [MessagePart] = [
      MessagePart(.reasoning("a"), replay: Self.proof(["signature": "s"])),
      MessagePart(.reasoning(""), replay: Self.proof(["redacted": "AQI="])),
      MessagePart(.reasoning("without proof"), replay: Self.proof([:])),
      MessagePart(.reasoning("b"), replay: Self.proof(["signature": "s"], model: "another")),
      MessagePart(.foreign(["toolUse": ["toolUseId": "s1"]]), replay: Self.proof([:])),
      MessagePart(.foreign(["toolResult": ["toolUseId": "s1"]]), replay: Self.proof([:])),
      MessagePart(.foreign(["x": 1]), replay: Self.proof([:], model: "another")),
      .text("c"),
    ]
    #expect(
      try Self.messages(Turn(role: .user, text: "Hi"), Turn(role: .assistant, parts: parts))?[1] == [
        "role": "assistant",
        "content": [
          ["reasoningContent": ["reasoningText": ["text": "a", "signature": "s"]]],
          ["reasoningContent": ["redactedContent": "AQI="]],
          ["toolUse": ["toolUseId": "s1"]],
          ["toolResult": ["toolUseId": "s1"]],
          ["text": "c"],
        ],
      ])
  }

  // MARK: Tools

  private static let used: [Turn] = [
    Turn(role: .user, text: "Weather?"),
    Turn(
      role: .assistant,
      parts: [
        MessagePart(.toolCall(ToolCall(id: "t1", name: "get_weather", arguments: #"{"city":"Rome"}"#))),
        MessagePart(
          .toolCall(ToolCall(id: "odd id/1", name: "get_time", arguments: "nonsense", isValid: false))),
      ]),
    Turn(
      role: .tool,
      parts: [
        MessagePart(
          .toolResult(
            ToolResult(
              call: "t1", name: "get_weather",
              parts: [.text("21C"), MessagePart(.image(.data(mediaType: "image/png", base64: "AQI=")))]))),
        MessagePart(.toolResult(ToolResult(call: "odd id/1", name: "get_time", parts: [], isError: true))),
      ]),
    Turn(role: .user, text: "And?"),
  ]

  @Test func `calls and results name each other, results go first and are never empty`() throws {
    let body = try Self.body(CompletionRequest(model: Self.nova, turns: Self.used))
    let odd = try #require(body["messages"]?[1]?["content"]?[1]?["toolUse"]?["toolUseId"]?.string)
    #expect(odd.utf8.count <= 64 && odd.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" })
    #expect(
      body["messages"]?[1]?["content"] == [
        ["toolUse": ["toolUseId": "t1", "name": "get_weather", "input": ["city": "Rome"]]],
        ["toolUse": ["toolUseId": .string(odd), "name": "get_time", "input": [:]]],
      ])
    #expect(
      body["messages"]?[2] == [
        "role": "user",
        "content": [
          [
            "toolResult": [
              "toolUseId": "t1",
              "content": [["text": "21C"], ["image": ["format": "png", "source": ["bytes": "AQI="]]]],
            ]
          ],
          [
            "toolResult": [
              "toolUseId": .string(odd), "content": [["text": "(no output)"]], "status": "error",
            ]
          ],
          ["text": "And?"],
        ],
      ])
  }

  static let tool = ToolDefinition(
    name: "get_weather", description: "d", parameters: ["type": "object", "properties": [:]], isStrict: true)
  static let specification: JSON = [
    "toolSpec": [
      "name": "get_weather", "description": "d",
      "inputSchema": ["json": ["type": "object", "properties": [:]]], "strict": true,
    ]
  ]

  static let choices: [(choice: ToolChoice?, configuration: JSON?)] = [
    (nil, ["tools": [specification]]),
    (.auto, ["tools": [specification], "toolChoice": ["auto": [:]]]),
    (.required, ["tools": [specification], "toolChoice": ["any": [:]]]),
    (.tool("get_weather"), ["tools": [specification], "toolChoice": ["tool": ["name": "get_weather"]]]),
    (.never, nil),
  ]

  @Test(arguments: choices.indices)
  func `each choice of tools has its word`(index: Int) throws {
    var request = Self.request()
    request.tools = [Self.tool]
    request.toolChoice = Self.choices[index].choice
    #expect(try Self.body(request)["toolConfig"] == Self.choices[index].configuration)
  }

  @Test func `tools of the past are defined although none may be used any more`() throws {
    var request = CompletionRequest(model: Self.nova, turns: Self.used)
    let names = try Self.body(request)["toolConfig"]?["tools"]?.array?.map { $0["toolSpec"]?["name"]?.string }
    #expect(names == ["get_weather", "get_time"])
    request.tools = [Self.tool]
    request.toolChoice = .never
    #expect(try Self.body(request)["toolConfig"] == ["tools": [Self.specification]])
  }
}
