import Basics
package import Fetch
import Model

/// Google's Gemini API, of the version that its address ends in.
package struct Gemini: ProviderCodec {
  package init() {}

  static let officialBase = "https://generativelanguage.googleapis.com/v1beta"
  static let variables = CallTarget.Variables(
    base: "GEMINI_BASE_URL", key: "GOOGLE_API_KEY",
    official: officialBase)

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let target = try CallTarget(call, settings, Self.variables)
    let request = try Self.post(
      "streamGenerateContent?alt=sse", GeminiBody(request: call.request).bytes, to: target, call, settings)
    return EncodedCall(request: request, origin: Self.origin(call, target))
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    EventStreamDecoder(head, origin: origin, GeminiAssembler(origin: origin, request: head.requestID))
  }

  /// A request to one of a model's methods.
  static func post(
    _ method: String, _ body: [UInt8], to target: CallTarget, _ call: ProviderCall,
    _ settings: ProviderSettings
  ) throws(ProviderError) -> FetchRequest {
    let isHosted = target.base.host.hasSuffix("googleapis.com")
    guard target.key != nil || !isHosted else { throw keyMissing(call) }
    var fields: [(name: String, value: String)] = [("Content-Type", "application/json")]
    if let key = target.key { fields.append(field(key, prefix: call.configuration.authPrefix)) }
    let path = "\(PercentEncoding.path(resource(call.request.model))):\(method)"
    return FetchRequest(
      url: target.base.appending(version: "v1beta").appending(path: path), fields: fields, body: body,
      timeouts: settings.timeouts(FetchTimeouts(), agent: call.configuration.timeouts),
      allowsPlainHTTP: !isHosted)
  }

  /// A model as the API names it; tuned ones say what they are.
  static func resource(_ model: String) -> String { model.contains("/") ? model : "models/\(model)" }

  /// The key never stands in the URL, where logs would show it.
  private static func field(_ key: String, prefix: String?) -> (name: String, value: String) {
    prefix.map { ("Authorization", Authorization.value($0, key)) } ?? ("x-goog-api-key", key)
  }

  static func origin(_ call: ProviderCall, _ target: CallTarget) -> ProviderOrigin {
    ProviderOrigin(
      provider: "gemini", title: "Gemini", model: call.request.model,
      secrets: target.key.map { [$0] } ?? [],
      reachHint: "Check GEMINI_BASE_URL or the agent's config.baseUrl, and this machine's connection.",
      keyHint: target.isEnvironments
        ? "Check GOOGLE_API_KEY or the agent's config.apiKey."
        : "Set the agent's config.apiKey: the environment's key is only sent to the environment's server.")
  }

  private static func keyMissing(_ call: ProviderCall) -> ProviderError {
    ProviderError(
      .keyMissing, "Google API key is required",
      hint: "Set GOOGLE_API_KEY (or GEMINI_API_KEY), or the agent's config.apiKey.", provider: "gemini",
      model: call.request.model)
  }
}
