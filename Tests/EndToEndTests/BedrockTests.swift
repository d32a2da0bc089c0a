import Basics
import TestKit
import Testing
import Wire

/// An agent on AWS, from the setting to the stored answer.
struct BedrockTests {
  private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

  /// An answer of ConverseStream, each message in two chunks.
  private static func answer(_ messages: [AmazonEventMessage]) -> [ScriptedUpstream.Action] {
    let chunks = messages.map(\.encoded).flatMap { bytes -> [ScriptedUpstream.Action] in
      [.chunk(Array(bytes.prefix(9))), .chunk(Array(bytes.dropFirst(9)))]
    }
    return [.chunkedHead(type: "application/vnd.amazon.eventstream")] + chunks + [.lastChunk]
  }

  private static func text(_ text: String) -> AmazonEventMessage {
    .event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":\#(JSON.string(text).text)}}"#)
  }

  /// Hub, upstream and an agent whose provider is Bedrock.
  private static func site(
    _ script: @escaping @Sendable (ScriptedUpstream.Request) -> [ScriptedUpstream.Action]
  ) throws -> (hub: HubBinary, upstream: ScriptedUpstream, agent: JSON) {
    let upstream = try ScriptedUpstream(script)
    let hub = try HubBinary(environment: [
      "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "eu-central-1",
      "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": upstream.url,
    ])
    let made = try hub.post(
      "/api/agents",
      [
        "name": "Nova", "provider": "bedrock", "model": "eu.amazon.nova-lite-v1:0",
        "config": ["systemPrompt": "Be brief."],
      ])
    #expect(made.status == 201)
    return (hub, upstream, made["id"] ?? .null)
  }

  @Test func `an agent of Bedrock answers, and its reasoning goes back to it with its proof`() async throws {
    try await onThread {
      let (hub, upstream, agent) = try Self.site { _ in
        Self.answer([
          .event("messageStart", #"{"role":"assistant"}"#),
          .event(
            "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm."}}}"#),
          .event(
            "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"EqAB"}}}"#
          ),
          .event("contentBlockStop", #"{"contentBlockIndex":0}"#), Self.text("Grüße "), Self.text("🦙"),
          .event("contentBlockStop", #"{"contentBlockIndex":0}"#),
          .event("messageStop", #"{"stopReason":"end_turn"}"#),
          .event(
            "metadata",
            #"{"usage":{"inputTokens":3,"outputTokens":5,"totalTokens":15,"cacheReadInputTokens":7},"metrics":{"latencyMs":1}}"#
          ),
        ])
      }
      defer { upstream.stop() }
      let first = try hub.post("/api/invoke", ["agentId": agent, "message": "Hello"])
      #expect(first.status == 200 && first["response"]?.string == "Grüße 🦙", "\(first.json.text)")
      let usage = try hub.get("/api/runs/\(first["runId"]?.string ?? "")")["usage"]
      #expect(usage?["inputTokens"] == 10 && usage?["cachedTokens"] == 7 && usage?["outputTokens"] == 5)
      _ = try hub.post(
        "/api/invoke", ["agentId": agent, "message": "And?", "conversationId": first["conversationId"] ?? ""])
      let request = try #require(upstream.requests.last)
      #expect(request.path == "/model/eu.amazon.nova-lite-v1%3A0/converse-stream")
      #expect(
        try JSON.parse(request.body) == [
          "system": [["text": "Be brief."]],
          "messages": [
            ["role": "user", "content": [["text": "Hello"]]],
            [
              "role": "assistant",
              "content": [
                ["reasoningContent": ["reasoningText": ["text": "Hm.", "signature": "EqAB"]]],
                ["text": "Grüße 🦙"],
              ],
            ],
            ["role": "user", "content": [["text": "And?"]]],
          ],
        ])
      let start = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"
      #expect(upstream.requests.allSatisfy { $0["authorization"]?.hasPrefix(start) == true })
      #expect(!hub.errors.contains(Self.secret))
    }
  }

  @Test func `an exception in the stream fails the run by its name and keeps the text`() async throws {
    try await onThread {
      let (hub, upstream, agent) = try Self.site { _ in
        Self.answer([
          Self.text("So fär "), .exception("validationException", #"{"message":"The model broke off"}"#),
        ])
      }
      defer { upstream.stop() }
      let answer = try hub.post("/api/invoke", ["agentId": agent, "message": "Hello"])
      #expect(answer.status == 500 && answer["code"]?.string == "provider_invalid_request")
      #expect(answer["response"]?.string == "So fär ", "\(answer.json.text)")
      #expect(answer["details"]?.string?.contains("The model broke off") == true)
    }
  }

  @Test func `when Bedrock does not answer, the fallback does`() async throws {
    try await onThread {
      let (hub, upstream, _) = try Self.site { request in
        request.path.hasPrefix("/model/")
          ? [
            .response(
              #"{"message":"You don't have access to the model with the specified model ID."}"#, status: 403,
              fields: ["x-amzn-ErrorType: AccessDeniedException"])
          ] : CompletionScript.whole("From GPT")
      }
      defer { upstream.stop() }
      let made = try hub.post(
        "/api/agents",
        [
          "name": "Supervisor", "provider": "bedrock", "model": "us.amazon.nova-lite-v1:0",
          "config": [
            "fallbacks": [
              ["provider": "openai", "model": "gpt-4o-mini", "baseUrl": .string(upstream.url + "/v1")]
            ]
          ],
        ])
      let answer = try hub.post("/api/invoke", ["agentId": made["id"] ?? .null, "message": "Hello"])
      #expect(answer["response"]?.string == "From GPT", "\(answer.json.text)")
      let attempts = try hub.get("/api/runs/\(answer["runId"]?.string ?? "")/attempts")["items"]?.array ?? []
      #expect(attempts.map { $0["provider"]?.string } == ["bedrock", "openai"])
      #expect(upstream.requests.map(\.path).first == "/model/us.amazon.nova-lite-v1%3A0/converse-stream")
    }
  }

  @Test func `a Bedrock API key that is refused makes room for the next one`() async throws {
    try await onThread {
      let upstream = try ScriptedUpstream { request in
        request["authorization"] == "Bearer second-key-of-two"
          ? Self.answer([Self.text("Hi"), .event("messageStop", #"{"stopReason":"end_turn"}"#)])
          : [
            .response(
              #"{"message":"The security token included in the request is invalid."}"#, status: 403,
              fields: ["x-amzn-ErrorType: UnrecognizedClientException"])
          ]
      }
      defer { upstream.stop() }
      let hub = try HubBinary(environment: [
        "AWS_BEARER_TOKEN_BEDROCK": "first-key-of-two,second-key-of-two",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": upstream.url,
      ])
      let agent =
        try hub.post("/api/agents", ["name": "Nova", "provider": "aws", "model": "m"])["id"] ?? .null
      let answer = try hub.post("/api/invoke", ["agentId": agent, "message": "Hello"])
      #expect(answer["response"]?.string == "Hi", "\(answer.json.text)")
      #expect(
        upstream.requests.map { $0["authorization"] } == [
          "Bearer first-key-of-two", "Bearer second-key-of-two",
        ])
    }
  }

  @Test func `without credentials the answer says which settings to set`() async throws {
    try await onThread {
      let hub = try HubBinary()
      let agent =
        try hub.post("/api/agents", ["name": "Nova", "provider": "aws", "model": "m"])["id"] ?? .null
      let answer = try hub.post("/api/invoke", ["agentId": agent, "message": "Hello"])
      #expect(answer["code"]?.string == "provider_key_missing", "\(answer.json.text)")
      #expect(answer["hint"]?.string?.contains("AWS_BEARER_TOKEN_BEDROCK") == true)
    }
  }
}
