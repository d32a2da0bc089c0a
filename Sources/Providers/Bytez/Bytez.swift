package import Fetch
import Model

/// Bytez: open models that may start cold, and closed ones behind it. It has an OpenAI-style gateway and an API of its own; the address
/// says which is meant.
package struct Bytez: ProviderCodec {
  package init() {}

  static let officialBase = "https://api.bytez.com/models/v2/openai/v1"
  static let variables = CallTarget.Variables(
    base: "BYTEZ_BASE_URL", key: "BYTEZ_API_KEY",
    official: officialBase)

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call, settings, Self.variables)
    guard let key = target.key else { throw Self.keyMissing(call) }
    let endpoint = BytezEndpoint(
      target.base, key: key, configuration: call.configuration, timeouts: Self.timeouts(call, settings))
    return EncodedCall(
      request: endpoint.isNative ? endpoint.native(call.request) : endpoint.gateway(call.request),
      origin: Self.origin(call, key, variant: endpoint.isNative ? BytezEndpoint.nativeVariant : nil))
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    if origin.variant == BytezEndpoint.nativeVariant {
      return BytezTextDecoder(head, origin: origin)
    }
    return EventStreamDecoder(
      head, origin: origin, ChatCompletionsAssembler(origin: origin, request: head.requestID))
  }

  /// A cold model takes minutes to start.
  static func timeouts(_ call: ProviderCall, _ settings: ProviderSettings) -> FetchTimeouts {
    settings.timeouts(FetchTimeouts(firstByte: .seconds(300)), agent: call.configuration.timeouts)
  }

  static func origin(_ call: ProviderCall, _ key: String, variant: String?) -> ProviderOrigin {
    var origin = ProviderOrigin(
      provider: "bytez", title: "Bytez", model: call.request.model,
      secrets: [key] + (call.configuration.providerKey.map { [$0] } ?? []),
      reachHint: "Check BYTEZ_BASE_URL and this machine's connection.",
      keyHint:
        "Check BYTEZ_API_KEY or the agent's config.apiKey; config.authPrefix can be Bearer, Key or empty.",
      modelHint:
        "Check the agent's model. Bytez also says so of models that it has not yet added, and to accounts that may not use them."
    )
    origin.variant = variant
    origin.readsThinkTags = call.configuration.thinkTags ?? false
    return origin
  }

  static func keyMissing(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .keyMissing, "Bytez API key is required", hint: "Set BYTEZ_API_KEY or the agent's config.apiKey.",
      provider: "bytez", model: call.request.model)
  }
}
