package import Fetch
import Model

/// OpenAI, and every server that speaks its Chat Completions API.
package struct OpenAICompatible: ProviderCodec {
  package init() {}

  static let officialBase = "https://api.openai.com/v1"
  static let variables = CallTarget.Variables(
    base: "OPENAI_BASE_URL", key: "OPENAI_API_KEY", official: officialBase)

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call, settings, Self.variables)
    let endpoint = try Self.endpoint(target, call, settings)
    return EncodedCall(
      request: endpoint.request(call.request, provider: "openai"), origin: Self.origin(call, target))
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    EventStreamDecoder(
      head, origin: origin, ChatCompletionsAssembler(origin: origin, request: head.requestID))
  }

  static func endpoint(
    _ target: CallTarget, _ call: ProviderCall, _ settings: ProviderSettings
  ) throws(ProviderError) -> ChatCompletionsEndpoint {
    let configuration = call.configuration
    var server = ChatServerTable.server(at: target.base)
    guard target.key != nil || !server.needsKey else { throw keyMissing(call) }
    if let asksForUsage = configuration.streamUsage { server.asksForUsage = asksForUsage }
    var endpoint = ChatCompletionsEndpoint(
      base: target.base, server: server,
      timeouts: settings.timeouts(FetchTimeouts(), agent: configuration.timeouts))
    if let key = target.key { endpoint.fields = [server.field(key, prefix: configuration.authPrefix)] }
    return endpoint
  }

  static func origin(_ call: ProviderCall, _ target: CallTarget) -> ProviderOrigin {
    var origin = ProviderOrigin(
      provider: "openai", title: "OpenAI", model: call.request.model,
      secrets: target.key.map { [$0] } ?? [],
      reachHint: "Check OPENAI_BASE_URL or the agent's config.baseUrl, and that the server runs.",
      keyHint: target.isEnvironments
        ? "Check OPENAI_API_KEY or the agent's config.apiKey."
        : "Set the agent's config.apiKey: the environment's key is only sent to the environment's server.")
    origin.readsThinkTags = call.configuration.thinkTags ?? false
    return origin
  }

  private static func keyMissing(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .keyMissing, "OpenAI API key is required",
      hint:
        "Set OPENAI_API_KEY or the agent's config.apiKey; or OPENAI_BASE_URL for a server that needs no key.",
      provider: "openai", model: call.request.model)
  }
}

extension ChatServer {
  /// The field that says who asks. An agent's prefix always means `Authorization`.
  func field(_ key: String, prefix: String?) -> (name: String, value: String) {
    if case .named(let name) = keyField, prefix == nil { return (name, key) }
    return ("Authorization", Authorization.value(prefix ?? "Bearer", key))
  }
}

/// How a key stands in `Authorization`.
enum Authorization {
  static func value(_ prefix: String, _ key: String) -> String { prefix.isEmpty ? key : "\(prefix) \(key)" }
}

extension FetchHead {
  /// The server's id of the request, under the names in use.
  var requestID: String? {
    ["x-request-id", "request-id", "x-amzn-requestid"].lazy.compactMap { self[$0] }.first
  }
}
