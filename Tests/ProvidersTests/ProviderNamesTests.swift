import Basics
import Model
import TestKit
import Testing

@testable import Providers

/// One client for every provider: what goes out and what comes back.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct ProviderNamesTests {
  private static let openAI = String(decoding: DecoderKit.stream(Samples.text), as: UTF8.self)
  private static let gemini = String(decoding: DecoderKit.stream(GeminiSamples.text), as: UTF8.self)

  @Test(arguments: [
    ("openai", "text/event-stream", openAI), ("gemini", "text/event-stream", gemini),
    ("ollama", "application/x-ndjson", Samples.ollama.map { $0 + "\n" }.joined()),
  ])
  func `S003-04 S003-07 one client streams from each provider`(
    provider: String, type: String, stream: String
  ) async throws {
    let kit = try ClientKit()
    let upstream = try ScriptedUpstream(.chunkedHead(type: type), .chunk(stream), .lastChunk)
    defer { upstream.stop() }
    let answer = await kit.answer(try kit.call(upstream, provider: provider, config: ["apiKey": "k"]))
    #expect(answer.error == nil && answer.finish != nil && !answer.text.isEmpty)
    if provider == "gemini" {
      #expect(answer.text == "21 °C")
      #expect(upstream.requests.first?.path.contains("models/m:streamGenerateContent") == true)
    }
  }

  @Test(arguments: ["claude-3-5-sonnet-20241022", "openai/gpt-4o", "google/gemini-1.5-pro"])
  func `S000-23 a model's name goes to the gateway unchanged`(model: String) async throws {
    let upstream = try ScriptedUpstream(.chunkedHead(), .chunk(Self.openAI), .lastChunk)
    defer { upstream.stop() }
    let kit = try ClientKit(["BYTEZ_BASE_URL": upstream.url + "/openai/v1", "BYTEZ_API_KEY": "k"])
    let turn = CompletionRequest.Turn(role: .user, text: "Hi")
    let call = ProviderCall(
      provider: "bytez", request: CompletionRequest(model: model, turns: [turn]),
      configuration: AgentConfiguration())
    #expect(await kit.answer(call).error == nil)
    #expect(try JSON.parse(upstream.requests[0].body)["model"]?.string == model)
  }

  @Test func `S001-04 a gateway's whole answer is the text of its first choice`() async throws {
    let upstream = try ScriptedUpstream(
      .response(#"{"choices":[{"message":{"content":"4"},"finish_reason":"stop"}]}"#))
    defer { upstream.stop() }
    let kit = try ClientKit(["BYTEZ_BASE_URL": upstream.url + "/openai/v1", "BYTEZ_API_KEY": "k"])
    let turn = CompletionRequest.Turn(role: .user, text: "2+2?")
    let call = ProviderCall(
      provider: "bytez",
      request: CompletionRequest(model: "m", turns: [turn], temperature: 0.7, maxTokens: 100),
      configuration: AgentConfiguration())
    #expect(await kit.answer(call).text == "4")
    let body = try JSON.parse(upstream.requests[0].body)
    #expect(body["model"] == "m" && body["temperature"] == 0.7)
    #expect((body["max_tokens"] ?? body["max_completion_tokens"])?.integer == 100)
    #expect(body["messages"]?[0]?["role"] == "user" && body["messages"]?[0]?["content"] == "2+2?")
  }
}
