import Basics
import Fetch
import Model

/// `/embeddings` of OpenAI and of every server that speaks its API.
struct OpenAIEmbedding: EmbeddingCodec {
  func maximumTexts(of model: String) -> Int { 256 }

  func encode(_ call: EmbeddingCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call.call, settings, OpenAICompatible.variables)
    let endpoint = try OpenAICompatible.endpoint(target, call.call, settings)
    var body: JSONObject = [
      "model": .string(call.model), "input": .array(call.texts.map(JSON.string)),
    ]
    body.set("dimensions", call.dimensions)
    return EncodedCall(
      request: endpoint.post(
        "embeddings", accept: "application/json", body: call.call.request.bytes(of: body)),
      origin: OpenAICompatible.origin(call.call, target).embedding)
  }

  func decode(_ body: [UInt8], origin: ProviderOrigin) throws(ProviderError) -> EmbeddingAnswer {
    let json = try origin.embeddings(in: body)
    // Servers may answer in any order.
    let rows = (json["data"]?.array ?? []).enumerated().map { position, row in
      (index: row["index"]?.integer ?? Int64(position), vector: row["embedding"])
    }
    let sorted = rows.sorted { $0.index < $1.index }
    let usage = json["usage"].map {
      Usage(inputTokens: Usage.count($0["prompt_tokens"]), outputTokens: 0)
    }
    return EmbeddingAnswer(vectors: try origin.vectors(sorted.map(\.vector)), usage: usage)
  }
}
