import Basics
package import Fetch
import Model

/// Models on AWS, through the one API that all of them share there (Converse).
package struct Bedrock: ProviderCodec {
  package init() {}

  /// Where the keys of its pool come from. Access keys are none of them: a machine has one.
  static let variables = CallTarget.Variables(
    base: BedrockEndpoint.addressVariable, key: "AWS_BEARER_TOKEN_BEDROCK",
    official: BedrockEndpoint.address(of: BedrockEndpoint.defaultRegion))

  package func encode(_ call: ProviderCall, settings: ProviderSettings) throws(ProviderError) -> EncodedCall {
    let body = ConverseBody(request: call.request).bytes
    let streams = call.configuration.stream ?? true
    return try streams
      ? Self.post(
        "converse-stream", body, accept: "application/vnd.amazon.eventstream", call, settings)
      : Self.post("converse", body, accept: "application/json", call, settings)
  }

  package func makeDecoder(_ head: FetchHead, origin: ProviderOrigin) -> any ProviderDecoder {
    ConverseDecoder(head, origin: origin)
  }

  /// A request to one operation of the call's model.
  ///
  /// - Throws: `provider_key_missing`, `provider_invalid_request`.
  static func post(
    _ operation: String, _ body: [UInt8], accept: String, _ call: ProviderCall, _ settings: ProviderSettings
  ) throws(ProviderError) -> EncodedCall {
    let endpoint = try BedrockEndpoint(call, settings)
    let authentication = try BedrockAuthentication(call, settings, endpoint)
    var request = FetchRequest(
      // Ids hold colons, those of inference profiles slashes, too.
      url: endpoint.base.appending(path: "model/\(PercentEncoding.segment(call.request.model))/\(operation)"),
      fields: [("Content-Type", "application/json"), ("Accept", accept)], body: body,
      timeouts: settings.timeouts(FetchTimeouts(), agent: call.configuration.timeouts),
      allowsPlainHTTP: !endpoint.isAWS)
    if case .key(let key) = authentication {
      let prefix = call.configuration.authPrefix ?? "Bearer"
      request.fields.append(("Authorization", Authorization.value(prefix, key)))
    }
    var encoded = EncodedCall(request: request, origin: origin(call, endpoint, authentication))
    if case .signature(let signer) = authentication { encoded.signer = signer }
    return encoded
  }

  private static func origin(
    _ call: ProviderCall, _ endpoint: BedrockEndpoint, _ authentication: BedrockAuthentication
  ) -> ProviderOrigin {
    let keyHint =
      if case .key = authentication {
        "Check AWS_BEARER_TOKEN_BEDROCK or the agent's config.apiKey; short-term keys end after 12 hours and are good for one region."
      } else {
        "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and this machine's clock: signatures are good for five minutes."
      }
    var origin = ProviderOrigin(
      provider: "bedrock", title: "AWS Bedrock", model: call.request.model, secrets: authentication.secrets,
      reachHint:
        "Check AWS_REGION, \(BedrockEndpoint.addressVariable) and this machine's connection.",
      keyHint: keyHint,
      permissionHint:
        "Ask for access to \(call.request.model) in the console of \(endpoint.region), and allow bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream.",
      modelHint:
        "Check the agent's model and its region (\(endpoint.region)); many models want the id of an inference profile, us.\(call.request.model) for example."
    )
    origin.addressVariable = BedrockEndpoint.addressVariable
    return origin
  }
}
