import Basics
import Fetch
import Model
import TestKit
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct EmbeddingTests {
  private static func encode(
    _ provider: String, _ config: JSONObject = [:], dimensions: Int? = nil,
    purpose: EmbeddingCall.Purpose? = nil
  ) throws -> FetchRequest {
    var call = EmbeddingCall(provider: provider, model: "m", texts: ["a", "b"])
    call.dimensions = dimensions
    call.purpose = purpose
    call.configuration = try AgentConfiguration(config)
    let codec = try #require(EmbeddingTable.codec(named: provider))
    return try codec.encode(call, settings: .none).request
  }

  private static func decode(_ provider: String, _ body: String) throws -> EmbeddingAnswer {
    let codec = try #require(EmbeddingTable.codec(named: provider))
    return try codec.decode(Array(body.utf8), origin: DecoderKit.origin.embedding)
  }

  static let requests: [(provider: String, config: JSONObject, url: String, body: String)] = [
    (
      "openai", ["apiKey": "k", "providerOptions": ["user": "u"]], "https://api.openai.com/v1/embeddings",
      #"{"model":"m","input":["a","b"],"dimensions":3,"user":"u"}"#
    ),
    (
      "ollama", [:], "http://localhost:11434/api/embed", #"{"model":"m","input":["a","b"],"dimensions":3}"#
    ),
    (
      "gemini", ["apiKey": "k"],
      "https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents",
      #"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":3},{"model":"models/m","content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":3}]}"#
    ),
    ("bytez", ["apiKey": "k"], "https://api.bytez.com/models/v2/m", #"{"text":"a"}"#),
  ]

  @Test(arguments: requests.indices)
  func `each provider is asked in its own words`(index: Int) throws {
    let row = Self.requests[index]
    let request = try Self.encode(row.provider, row.config, dimensions: 3, purpose: .query)
    #expect(request.url.text == row.url)
    #expect(String(decoding: request.body, as: UTF8.self) == row.body)
  }

  static let answers: [(provider: String, body: String, usage: Int?)] = [
    (
      "openai",
      #"{"object":"list","data":[{"index":1,"embedding":[3,4.5]},{"index":0,"embedding":[1,-2]}],"usage":{"prompt_tokens":5,"total_tokens":5}}"#,
      5
    ),
    ("openai", #"{"data":[{"embedding":"AACAPwAAAMA="},{"embedding":"AABAQAAAkEA="}]}"#, nil),
    ("ollama", #"{"model":"m","embeddings":[[1,-2],[3,4.5]],"prompt_eval_count":5}"#, 5),
    ("gemini", #"{"embeddings":[{"values":[1,-2]},{"values":[3,4.5]}]}"#, nil),
  ]

  @Test(arguments: answers.indices)
  func `vectors are read in the order of the texts`(index: Int) throws {
    let row = Self.answers[index]
    let answer = try Self.decode(row.provider, row.body)
    #expect(answer.vectors == [[1, -2], [3, 4.5]])
    #expect(answer.usage?.inputTokens == row.usage)
  }

  @Test(arguments: [#"{"error":null,"output":[1,-2]}"#, #"{"error":null,"output":[[1,-2]]}"#])
  func `Bytez gives one vector`(body: String) throws {
    #expect(try Self.decode("bytez", body).vectors == [[1, -2]])
  }

  @Test(
    arguments: [
      (#"{"data":[{"embedding":[]}]}"#, .malformed), (#"{"data":[{"embedding":[1,"a"]}]}"#, .malformed),
      (#"{"data":[{"embedding":[1]},{"embedding":[1,2]}]}"#, .malformed),
      (#"{"data":[{"embedding":"AAAA"}]}"#, .malformed), (#"{"data":[{"embedding":[1e300]}]}"#, .malformed),
      (#"{"data":[{}]}"#, .malformed), ("[", .malformed),
      (#"{"error":{"message":"m","code":429}}"#, .rateLimit), (#"{"error":"no"}"#, .server),
    ] as [(String, ProviderError.Kind)])
  func `what is no vector is an error`(body: String, kind: ProviderError.Kind) {
    #expect {
      try Self.decode("openai", body)
    } throws: { error in
      (error as? ProviderError)?.kind == kind
        && (error as? ProviderError)?.message.hasPrefix("Failed to get embeddings from OpenAI: ") == true
    }
  }

  @Test func `many texts go in several requests, and tokens add up`() async throws {
    let upstream = try ScriptedUpstream { request in
      let inputs = (try? JSON.parse(request.body))?["input"]?.array ?? []
      let rows = inputs.enumerated().map { index, text in
        #"{"index":\#(index),"embedding":[\#(text.string ?? "0")]}"#
      }
      return [
        .response(
          #"{"data":[\#(rows.joined(separator: ","))],"usage":{"prompt_tokens":\#(inputs.count)}}"#)
      ]
    }
    let kit = try ClientKit()
    let texts = (0..<300).map { "\($0)" }
    let call = EmbeddingCall(
      provider: "openai", model: "m", texts: texts,
      configuration: try AgentConfiguration(["baseUrl": .string(upstream.url + "/v1")]))
    let answer = try await kit.client.embed(call)
    #expect(answer.vectors == (0..<300).map { [Float($0)] })
    #expect(answer.usage?.inputTokens == 300)
    #expect(upstream.requests.count == 2)
    #expect(upstream.requests.first?.path == "/v1/embeddings")
    upstream.stop()
  }

  @Test func `too few vectors, a refusal and a provider without are errors`() async throws {
    let kit = try ClientKit()
    func error(_ action: ScriptedUpstream.Action?, _ provider: String = "openai") async throws
      -> ProviderError?
    {
      let upstream = try ScriptedUpstream { _ in [action].compactMap { $0 } }
      defer { upstream.stop() }
      let call = EmbeddingCall(
        provider: provider, model: "m", texts: ["a", "b"],
        configuration: try AgentConfiguration(["baseUrl": .string(upstream.url)]))
      do throws(ProviderError) {
        _ = try await kit.client.embed(call)
        return nil
      } catch {
        return error
      }
    }
    let few = try await error(.response(#"{"data":[{"embedding":[1]}]}"#, fields: ["X-Request-Id: r"]))
    #expect(few?.kind == .malformed && few?.message.hasSuffix("1 embeddings came for 2 texts.") == true)
    let refused = try await error(.response(#"{"error":{"message":"slow"}}"#, status: 429))
    #expect(refused?.kind == .rateLimit && refused?.status == 429)
    #expect(try await error(nil, "anthropic")?.kind == .unsupported)
  }
}
