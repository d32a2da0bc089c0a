package import Fetch
import Model

/// Bytez's OpenAI-style gateway: open models that may start cold, and closed ones behind it.
package struct Bytez: ProviderCodec {
  package init() {}

  static let officialBase = "https://api.bytez.com/models/v2/openai/v1"
  /// The gateway cuts answers at 256 tokens unless told otherwise.
  static let defaultLimit = 4096

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let configuration = call.configuration
    let environmentBase = settings["BYTEZ_BASE_URL"] ?? Self.officialBase
    let base = try ProviderAddress.parse(configuration.baseUrl ?? environmentBase, call)
    let isEnvironments = (try? FetchURL(environmentBase)).map(base.hasSameOrigin) ?? false
    let key =
      configuration.apiKey ?? (isEnvironments ? settings.key("BYTEZ_API_KEY") : nil)
    guard let key else { throw Self.keyMissing(call) }
    // A cold model takes minutes to start.
    let timeouts = settings.timeouts(FetchTimeouts(firstByte: .seconds(300)), agent: configuration.timeouts)
    var endpoint = ChatCompletionsEndpoint(base: base, timeouts: timeouts)
    endpoint.defaultLimit = Self.defaultLimit
    endpoint.asksForUsage = configuration.streamUsage ?? false
    endpoint.allowsPlainHTTP = base.host != "api.bytez.com"
    endpoint.fields = [("Authorization", Authorization.value(configuration.authPrefix ?? "Bearer", key))]
    if let vendorKey = configuration.providerKey { endpoint.fields.append(("provider-key", vendorKey)) }
    let origin = ProviderOrigin(
      provider: "bytez", title: "Bytez", model: call.request.model,
      secrets: [key] + (configuration.providerKey.map { [$0] } ?? []),
      reachHint: "Check BYTEZ_BASE_URL and this machine's connection.",
      keyHint:
        "Check BYTEZ_API_KEY or the agent's config.apiKey; config.authPrefix can be Bearer, Key or empty.")
    return EncodedCall(request: endpoint.request(call.request), origin: origin)
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    ChatCompletionsDecoder(head, origin: origin)
  }

  private static func keyMissing(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .keyMissing, "Bytez API key is required", hint: "Set BYTEZ_API_KEY or the agent's config.apiKey.",
      provider: "bytez", model: call.request.model)
  }
}
