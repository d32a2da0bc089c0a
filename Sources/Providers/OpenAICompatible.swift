package import Fetch
import Model

/// OpenAI, and every server that speaks its Chat Completions API.
package struct OpenAICompatible: ProviderCodec {
  package init() {}

  static let officialBase = "https://api.openai.com/v1"

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let configuration = call.configuration
    let environmentBase = settings["OPENAI_BASE_URL"] ?? Self.officialBase
    let base = try ProviderAddress.parse(configuration.baseUrl ?? environmentBase, call)
    // The environment's key goes to the environment's server only, not to wherever an agent points.
    let isEnvironments = (try? FetchURL(environmentBase)).map(base.hasSameOrigin) ?? false
    let key =
      configuration.apiKey ?? (isEnvironments ? settings.key("OPENAI_API_KEY") : nil)
    let server = Server(host: base.host)
    guard key != nil || server != .openAI else { throw Self.keyMissing(call) }
    var endpoint = ChatCompletionsEndpoint(
      base: base, timeouts: settings.timeouts(FetchTimeouts(), agent: configuration.timeouts))
    server.adapt(&endpoint, model: call.request.model)
    if let asksForUsage = configuration.streamUsage { endpoint.asksForUsage = asksForUsage }
    if let key {
      endpoint.fields.append(
        ("Authorization", Authorization.value(configuration.authPrefix ?? "Bearer", key)))
    }
    return EncodedCall(
      request: endpoint.request(call.request), origin: origin(call, key: key, isEnvironments))
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    ChatCompletionsDecoder(head, origin: origin)
  }

  private func origin(_ call: ProviderCall, key: String?, _ isEnvironments: Bool) -> ProviderOrigin {
    ProviderOrigin(
      provider: "openai", title: "OpenAI", model: call.request.model, secrets: key.map { [$0] } ?? [],
      reachHint: "Check OPENAI_BASE_URL or the agent's config.baseUrl, and that the server runs.",
      keyHint: isEnvironments
        ? "Check OPENAI_API_KEY or the agent's config.apiKey."
        : "Set the agent's config.apiKey: the environment's key is only sent to the environment's server.")
  }

  private static func keyMissing(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .keyMissing, "OpenAI API key is required",
      hint:
        "Set OPENAI_API_KEY or the agent's config.apiKey; or OPENAI_BASE_URL for a server that needs no key.",
      provider: "openai", model: call.request.model)
  }
}

/// Servers that are known by their host, as far as they differ.
private enum Server {
  case openAI, azure
  /// Takes `stream_options`.
  case known
  case other

  init(host: String) {
    func isAt(_ domain: String) -> Bool { host == domain || host.hasSuffix(".\(domain)") }
    let known = ["groq.com", "openrouter.ai", "deepseek.com", "together.xyz", "together.ai", "fireworks.ai"]
    if isAt("openai.com") {
      self = .openAI
    } else if isAt("openai.azure.com") {
      self = .azure
    } else {
      self = known.contains(where: isAt) ? .known : .other
    }
  }

  func adapt(_ endpoint: inout ChatCompletionsEndpoint, model: String) {
    endpoint.asksForUsage = self != .other
    guard self == .openAI || self == .azure else { return }
    endpoint.allowsPlainHTTP = false
    endpoint.limitField = .maxCompletionTokens
    endpoint.refusesPadding = self == .openAI
    if Self.reasons(model) {
      endpoint.takesSampling = false
      endpoint.takesStop = false
    }
  }

  /// The `o` series and GPT-5; its chat variants do not reason.
  private static func reasons(_ model: String) -> Bool {
    let name = model.lowercased()
    if name.hasPrefix("gpt-5") { return !name.contains("chat") }
    return name.first == "o" && name.dropFirst().first?.isNumber == true
  }
}

/// How a key stands in `Authorization`.
enum Authorization {
  static func value(_ prefix: String, _ key: String) -> String { prefix.isEmpty ? key : "\(prefix) \(key)" }
}
