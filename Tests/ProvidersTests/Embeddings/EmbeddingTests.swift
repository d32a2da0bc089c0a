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

  static let sizes: [(provider: String, model: String, texts: Int, bytes: Int, parts: [Int])] = [
    ("openai", "m", 300, 1, [256, 44]), ("ollama", "m", 256, 1, [256]),
    ("google", "m", 201, 1, [100, 100, 1]),
    ("bytez", "m", 3, 1, [1, 1, 1]), ("bedrock", "amazon.titan-embed-text-v2:0", 2, 1, [1, 1]),
    ("bedrock", "cohere.embed-v4:0", 97, 1, [96, 1]), ("openai", "m", 5, 200 << 10, [2, 2, 1]),
    ("openai", "m", 2, 600 << 10, [1, 1]), ("openai", "m", 0, 1, []),
  ]

  @Test(arguments: sizes.indices)
  func `texts are cut into requests that the provider takes`(index: Int) throws {
    let row = Self.sizes[index]
    let texts = (0..<row.texts).map { "\($0 % 10)" + String(repeating: "x", count: row.bytes - 1) }
    let parts = try EmbeddingCall(provider: row.provider, model: row.model, texts: texts).parts()
    #expect(parts.map(\.texts.count) == row.parts)
    #expect(parts.flatMap(\.texts) == texts)
  }

  @Test(arguments: [("anthropic", ProviderError.Kind.unsupported), ("nobody", .unknownProvider)])
  func `a provider without embeddings says so`(provider: String, kind: ProviderError.Kind) {
    #expect {
      try EmbeddingCall(provider: provider, model: "m", texts: ["a"]).parts()
    } throws: {
      ($0 as? ProviderError)?.kind == kind
    }
  }

  @Test func `too few vectors and a refusal are errors`() async throws {
    let kit = try ClientKit()
    func error(_ action: ScriptedUpstream.Action) async throws -> ProviderError? {
      let upstream = try ScriptedUpstream { _ in [action] }
      defer { upstream.stop() }
      let call = EmbeddingCall(
        provider: "openai", model: "m", texts: ["a", "b"],
        configuration: try AgentConfiguration(["baseUrl": .string(upstream.url)]))
      do throws(ProviderError) {
        _ = try await kit.client.send(kit.client.prepare(call))
        return nil
      } catch {
        return error
      }
    }
    let few = try await error(.response(#"{"data":[{"embedding":[1]}]}"#, fields: ["X-Request-Id: r"]))
    #expect(few?.kind == .malformed && few?.message.hasSuffix("1 embeddings came for 2 texts.") == true)
    let refused = try await error(.response(#"{"error":{"message":"slow"}}"#, status: 429))
    #expect(refused?.kind == .rateLimit && refused?.status == 429)
  }
}
