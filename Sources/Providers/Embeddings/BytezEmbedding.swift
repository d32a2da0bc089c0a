import Basics
import Fetch
import Model

/// Models of Bytez that turn a text into a vector, over its own API: the gateway has no way to ask them.
struct BytezEmbedding: EmbeddingCodec {
  /// Its API takes one text.
  func maximumTexts(of model: String) -> Int { 1 }

  func encode(_ call: EmbeddingCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call.call, settings, Bytez.variables)
    guard let key = target.key else { throw Bytez.keyMissing(call.call) }
    let endpoint = BytezEndpoint(
      try Self.native(target.base, call.call), key: key, configuration: call.configuration,
      timeouts: Bytez.timeouts(call.call, settings))
    let body = call.call.request.bytes(of: ["text": .string(call.texts.first ?? "")])
    return EncodedCall(
      request: endpoint.post(model: call.model, body: body),
      origin: Bytez.origin(call.call, key, variant: BytezEndpoint.nativeVariant).embedding)
  }

  /// The address of its own API, which the gateway's lies below.
  private static func native(_ base: FetchURL, _ call: ProviderCall) throws(ProviderError) -> FetchURL {
    let path = base.text.hasSuffix("/") ? String(base.text.dropLast()) : base.text
    let gateway = "/openai/v1"
    guard path.hasSuffix(gateway) else { return base }
    return try ProviderAddress.parse(String(path.dropLast(gateway.count)), call)
  }

  /// The vector comes bare or as the only one of a list.
  func decode(_ body: [UInt8], origin: ProviderOrigin) throws(ProviderError) -> EmbeddingAnswer {
    let output = try origin.embeddings(in: body)["output"]
    let vector = output?[0]?.array == nil ? output : output?[0]
    return EmbeddingAnswer(vectors: try origin.vectors([vector]))
  }
}
