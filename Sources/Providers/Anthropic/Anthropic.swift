package import Fetch
import Model

/// Anthropic's Messages API.
package struct Anthropic: ProviderCodec {
  package init() {}

  static let officialBase = "https://api.anthropic.com/v1"
  static let variables = CallTarget.Variables(
    base: "ANTHROPIC_BASE_URL", key: "ANTHROPIC_API_KEY", official: officialBase)
  private static let version = "2023-06-01"

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call, settings, Self.variables)
    let isHosted = target.base.host == "api.anthropic.com"
    guard target.key != nil || !isHosted else { throw Self.keyMissing(call) }
    var fields: [(name: String, value: String)] = [
      ("Content-Type", "application/json"), ("Accept", "text/event-stream"),
      ("anthropic-version", Self.version),
    ]
    if let key = target.key { fields.append(Self.field(key, prefix: call.configuration.authPrefix)) }
    let request = FetchRequest(
      url: target.base.appending(version: "v1").appending(path: "messages"), fields: fields,
      body: AnthropicBody(request: call.request).bytes,
      timeouts: settings.timeouts(FetchTimeouts(), agent: call.configuration.timeouts),
      allowsPlainHTTP: !isHosted)
    return EncodedCall(request: request, origin: Self.origin(call, target))
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    EventStreamDecoder(
      head, origin: origin, AnthropicAssembler(origin: origin, request: head.requestID))
  }

  /// Keys have a field of their own; tokens of people go into `Authorization`, which an agent's prefix asks for.
  private static func field(_ key: String, prefix: String?) -> (name: String, value: String) {
    prefix.map { ("Authorization", Authorization.value($0, key)) } ?? ("x-api-key", key)
  }

  private static func origin(_ call: ProviderCall, _ target: CallTarget) -> ProviderOrigin {
    ProviderOrigin(
      provider: "anthropic", title: "Anthropic", model: call.request.model,
      secrets: target.key.map { [$0] } ?? [],
      reachHint: "Check ANTHROPIC_BASE_URL or the agent's config.baseUrl, and this machine's connection.",
      keyHint: target.isEnvironments
        ? "Check ANTHROPIC_API_KEY or the agent's config.apiKey."
        : "Set the agent's config.apiKey: the environment's key is only sent to the environment's server.")
  }

  private static func keyMissing(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .keyMissing, "Anthropic API key is required",
      hint: "Set ANTHROPIC_API_KEY or the agent's config.apiKey.", provider: "anthropic",
      model: call.request.model)
  }
}
