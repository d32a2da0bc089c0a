package import Fetch
import Model

/// Ollama over its own API, which reports errors inside a stream (its OpenAI-style one loses them).
package struct Ollama: ProviderCodec {
  package init() {}

  static let officialBase = "http://localhost:11434"
  static let variables = CallTarget.Variables(
    base: "OLLAMA_BASE_URL", key: "OLLAMA_API_KEY", official: officialBase)

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call, settings, Self.variables)
    return EncodedCall(
      request: Self.post("api/chat", OllamaChat(request: call.request).bytes, to: target, call, settings),
      origin: Self.origin(call, target))
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    OllamaDecoder(origin: origin)
  }

  static func post(
    _ path: String, _ body: [UInt8], to target: CallTarget, _ call: ProviderCall, _ settings: ProviderSettings
  ) -> FetchRequest {
    let configuration = call.configuration
    var fields: [(name: String, value: String)] = [("Content-Type", "application/json")]
    if let key = target.key {
      fields.append(("Authorization", Authorization.value(configuration.authPrefix ?? "Bearer", key)))
    }
    // The first byte waits for the queue, the model's load and the whole prompt.
    return FetchRequest(
      url: target.base.appending(path: path), fields: fields, body: body,
      timeouts: settings.timeouts(FetchTimeouts(firstByte: .seconds(600)), agent: configuration.timeouts),
      allowsPlainHTTP: true)
  }

  static func origin(_ call: ProviderCall, _ target: CallTarget) -> ProviderOrigin {
    ProviderOrigin(
      provider: "ollama", title: "Ollama", model: call.request.model,
      secrets: target.key.map { [$0] } ?? [],
      reachHint: "Start it with `ollama serve`, or set OLLAMA_BASE_URL to where it runs.",
      keyHint: "Check the agent's config.apiKey.",
      permissionHint:
        "Ollama refuses names and origins that it does not know: use localhost or the IP address in config.baseUrl or OLLAMA_BASE_URL.",
      modelHint: "Fetch it with `ollama pull \(call.request.model)`, or change the agent's model.")
  }
}
