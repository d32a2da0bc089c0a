import Basics
import Fetch
import Model

/// Ollama's `/api/embed`.
struct OllamaEmbedding: EmbeddingCodec {
  func maximumTexts(of model: String) -> Int { 256 }

  func encode(_ call: EmbeddingCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call.call, settings, Ollama.variables)
    var body: JSONObject = [
      "model": .string(call.model), "input": .array(call.texts.map(JSON.string)),
    ]
    body.set("dimensions", call.dimensions)
    return EncodedCall(
      request: Ollama.post("api/embed", call.call.request.bytes(of: body), to: target, call.call, settings),
      origin: Ollama.origin(call.call, target).embedding)
  }

  func decode(_ body: [UInt8], origin: ProviderOrigin) throws(ProviderError) -> EmbeddingAnswer {
    let json = try origin.embeddings(in: body)
    let usage = json["prompt_eval_count"].map { Usage(inputTokens: Usage.count($0), outputTokens: 0) }
    return EmbeddingAnswer(vectors: try origin.vectors(json["embeddings"]?.array ?? []), usage: usage)
  }
}
