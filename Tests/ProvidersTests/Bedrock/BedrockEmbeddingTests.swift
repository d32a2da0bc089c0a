import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BedrockEmbeddingTests {
  private static let titan = "amazon.titan-embed-text-v2:0"
  private static let cohere = "cohere.embed-multilingual-v3"

  private static func encode(_ call: EmbeddingCall) throws -> EncodedCall {
    try BedrockEmbedding().encode(call, settings: try ProviderSettings(BedrockTests.access))
  }

  static let requests: [(model: String, dimensions: Int?, purpose: EmbeddingCall.Purpose?, body: String)] = [
    (titan, nil, .query, #"{"inputText":"a"}"#), (titan, 256, nil, #"{"inputText":"a","dimensions":256}"#),
    (cohere, nil, nil, #"{"texts":["a"],"input_type":"search_document"}"#),
    (
      "us.cohere.embed-v4:0", 512, .query,
      #"{"texts":["a"],"input_type":"search_query","output_dimension":512}"#
    ),
  ]

  @Test(arguments: requests.indices)
  func `each vendor is asked in its own words`(index: Int) throws {
    let row = Self.requests[index]
    let encoded = try Self.encode(
      EmbeddingCall(
        provider: "bedrock", model: row.model, texts: ["a"], dimensions: row.dimensions, purpose: row.purpose)
    )
    #expect(encoded.request.url.text.hasSuffix("/model/\(PercentEncoding.segment(row.model))/invoke"))
    #expect(String(decoding: encoded.request.body, as: UTF8.self) == row.body)
    #expect(encoded.signer != nil)
  }

  @Test(
    arguments: [
      (#"{"embedding":[1,-2],"inputTextTokenCount":5,"embeddingsByType":{"float":[1,-2]}}"#, 5),
      (#"{"id":"x","embeddings":[[1,-2]],"response_type":"embeddings_floats","texts":["a"]}"#, nil),
      (#"{"embeddings":{"float":[[1,-2]]},"response_type":"embeddings_by_type"}"#, nil),
    ] as [(String, Int?)])
  func `each vendor's vector is read`(body: String, tokens: Int?) throws {
    let answer = try BedrockEmbedding().decode(Array(body.utf8), origin: ConverseSamples.origin.embedding)
    #expect(answer.vectors == [[1, -2]])
    #expect(answer.usage?.inputTokens == tokens)
  }

  @Test(arguments: ["{}", #"{"embedding":[]}"#, #"{"embeddings":{}}"#, #"{"embedding":["a"]}"#, "["])
  func `what is no vector is an error`(body: String) {
    #expect {
      try BedrockEmbedding().decode(Array(body.utf8), origin: ConverseSamples.origin.embedding)
    } throws: { ($0 as? ProviderError)?.kind == .malformed }
  }

  @Test func `texts go one by one, each signed`() async throws {
    let upstream = try ScriptedUpstream { request in
      let text = (try? JSON.parse(request.body))?["inputText"]?.string ?? ""
      return [.response(#"{"embedding":[\#(text.utf8.count),0.5],"inputTextTokenCount":2}"#)]
    }
    defer { upstream.stop() }
    let kit = try ClientKit(
      BedrockTests.access.merging([BedrockEndpoint.addressVariable: upstream.url]) { $1 })
    let call = EmbeddingCall(provider: "aws", model: Self.titan, texts: ["a", "bb", "ccc"])
    for (part, length) in zip(try call.parts(), [1, 2, 3] as [Float]) {
      let answer = try await kit.client.send(kit.client.prepare(part))
      #expect(answer.vectors == [[length, 0.5]] && answer.usage?.inputTokens == 2)
    }
    #expect(upstream.requests.count == 3)
    #expect(upstream.requests.allSatisfy { $0["authorization"]?.hasPrefix("AWS4-HMAC-SHA256 ") == true })
  }

  @Test func `a refusal has its class`() async throws {
    let upstream = try ScriptedUpstream(
      .response(
        #"{"message":"Too many requests"}"#, status: 429, fields: ["x-amzn-ErrorType: ThrottlingException"]))
    defer { upstream.stop() }
    let kit = try ClientKit(
      BedrockTests.access.merging([BedrockEndpoint.addressVariable: upstream.url]) { $1 })
    do throws(ProviderError) {
      _ = try await kit.client.send(
        kit.client.prepare(EmbeddingCall(provider: "bedrock", model: Self.titan, texts: ["a"])))
      Issue.record("an answer came")
    } catch {
      #expect(
        error.kind == .rateLimit && error.message.hasPrefix("Failed to get embeddings from AWS Bedrock: "))
    }
  }
}
