import Basics
import Fetch
import Model

/// Gemini's `batchEmbedContents`.
struct GeminiEmbedding: EmbeddingCodec {
  func maximumTexts(of model: String) -> Int { 100 }

  func encode(_ call: EmbeddingCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call.call, settings, Gemini.variables)
    let requests = call.texts.map { text -> JSON in
      var request: JSONObject = [
        "model": .string(Gemini.resource(call.model)),
        "content": ["parts": [["text": .string(text)]]],
      ]
      request.set("taskType", call.purpose.map(Self.task))
      request.set("outputDimensionality", call.dimensions)
      return .object(request)
    }
    let body = call.call.request.bytes(of: ["requests": .array(requests)])
    return EncodedCall(
      request: try Gemini.post("batchEmbedContents", body, to: target, call.call, settings),
      origin: Gemini.origin(call.call, target).embedding)
  }

  private static func task(_ purpose: EmbeddingCall.Purpose) -> String {
    switch purpose {
    case .query: "RETRIEVAL_QUERY"
    case .document: "RETRIEVAL_DOCUMENT"
    }
  }

  /// It does not count.
  func decode(_ body: [UInt8], origin: ProviderOrigin) throws(ProviderError) -> EmbeddingAnswer {
    let rows = try origin.embeddings(in: body)["embeddings"]?.array ?? []
    return EmbeddingAnswer(vectors: try origin.vectors(rows.map { $0["values"] }))
  }
}
