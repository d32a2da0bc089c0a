import Basics
import Fetch
import Model

/// Embedding models on AWS, each in its vendor's own words (InvokeModel): Titan's and Cohere's.
struct BedrockEmbedding: EmbeddingCodec {
  /// Titan takes one text a request.
  func maximumTexts(of model: String) -> Int { Self.isCohere(model) ? 96 : 1 }

  private static func isCohere(_ model: String) -> Bool { model.lowercased().contains("cohere.") }

  func encode(_ call: EmbeddingCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let body = Self.isCohere(call.model) ? Self.cohere(call) : Self.titan(call)
    var encoded = try Bedrock.post(
      "invoke", call.call.request.bytes(of: body), accept: "application/json", call.call, settings)
    encoded.origin = encoded.origin.embedding
    return encoded
  }

  private static func titan(_ call: EmbeddingCall) -> JSONObject {
    var body: JSONObject = ["inputText": .string(call.texts.first ?? "")]
    body.set("dimensions", call.dimensions)
    return body
  }

  private static func cohere(_ call: EmbeddingCall) -> JSONObject {
    var body: JSONObject = ["texts": .array(call.texts.map(JSON.string))]
    // It must be said; whoever does not, stores.
    body["input_type"] = call.purpose == .query ? "search_query" : "search_document"
    body.set("output_dimension", call.dimensions)
    return body
  }

  func decode(_ body: [UInt8], origin: ProviderOrigin) throws(ProviderError) -> EmbeddingAnswer {
    let json = try origin.embeddings(in: body)
    if let count = json["inputTextTokenCount"] {
      let usage = Usage(inputTokens: Usage.count(count), outputTokens: 0)
      return EmbeddingAnswer(vectors: try origin.vectors([json["embedding"]]), usage: usage)
    }
    // Cohere sorts them by type when it was asked for types, and counts in a field of the head only.
    let rows = json["embeddings"]?["float"] ?? json["embeddings"]
    return EmbeddingAnswer(vectors: try origin.vectors(rows?.array ?? [json["embedding"]]))
  }
}
