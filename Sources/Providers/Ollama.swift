import Basics
package import Fetch
import Model

/// Ollama over its own API, which reports errors inside a stream (its OpenAI-style one loses them).
package struct Ollama: ProviderCodec {
  package init() {}

  static let localBase = "http://localhost:11434"

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let configuration = call.configuration
    let base = try ProviderAddress.parse(
      configuration.baseUrl ?? settings["OLLAMA_BASE_URL"] ?? Self.localBase, call)
    var fields: [(name: String, value: String)] = [("Content-Type", "application/json")]
    if let key = configuration.apiKey {
      fields.append(("Authorization", Authorization.value(configuration.authPrefix ?? "Bearer", key)))
    }
    // The first byte waits for the queue, the model's load and the whole prompt.
    let timeouts = settings.timeouts(FetchTimeouts(firstByte: .seconds(600)), agent: configuration.timeouts)
    let request = FetchRequest(
      url: base.appending(path: "api/chat"), fields: fields, body: Self.body(call.request),
      timeouts: timeouts,
      allowsPlainHTTP: true)
    let origin = ProviderOrigin(
      provider: "ollama", title: "Ollama", model: call.request.model,
      secrets: configuration.apiKey.map { [$0] } ?? [],
      reachHint: "Start it with `ollama serve`, or set OLLAMA_BASE_URL to where it runs.",
      keyHint: "Check the agent's config.apiKey.",
      permissionHint:
        "Ollama refuses names and origins that it does not know: use localhost or the IP address in config.baseUrl or OLLAMA_BASE_URL.",
      modelHint: "Fetch it with `ollama pull \(call.request.model)`, or change the agent's model.")
    return EncodedCall(request: request, origin: origin)
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    OllamaDecoder(origin: origin)
  }

  private static func body(_ completion: CompletionRequest) -> [UInt8] {
    var writer = JSONWriter(capacity: 256)
    writer.beginObject()
    writer.member("model", completion.model)
    writer.turns(completion.turns)
    writer.member("stream", true)
    writeOptions(completion, to: &writer)
    writer.endObject()
    return writer.bytes
  }

  private static func writeOptions(_ completion: CompletionRequest, to writer: inout JSONWriter) {
    guard
      completion.maxTokens != nil || completion.temperature != nil || completion.topP != nil
        || !completion.stop.isEmpty
    else { return }
    writer.key("options")
    writer.beginObject()
    if let limit = completion.maxTokens { writer.member("num_predict", limit) }
    writer.optional("temperature", completion.temperature)
    writer.optional("top_p", completion.topP)
    if !completion.stop.isEmpty { writer.member("stop", json: .array(completion.stop.map { .string($0) })) }
    writer.endObject()
  }
}
