import Fetch
import Model

/// How a call proves to AWS who asks: with a Bedrock API key, or with the signature of an access key.
enum BedrockAuthentication {
  case key(String)
  case signature(AWSSigner)

  /// The agent's own key goes before the environment's, and a Bedrock API key before an access key, as AWS's own tools have it.
  ///
  /// - Throws: `provider_key_missing`.
  init(
    _ call: ProviderCall, _ settings: ProviderSettings, _ endpoint: BedrockEndpoint
  ) throws(ProviderError) {
    if let key = call.configuration.apiKey {
      self = .key(key)
      return
    }
    guard endpoint.isEnvironments else {
      throw Self.missing(
        "Set the agent's config.apiKey: the environment's credentials only go to AWS and to \(BedrockEndpoint.addressVariable).",
        call)
    }
    if let key = settings.key(Bedrock.variables.key) {
      self = .key(key)
    } else {
      let credentials = try Self.credentials(settings, call)
      self = .signature(AWSSigner(credentials: credentials, region: endpoint.region, service: "bedrock"))
    }
  }

  /// What must not stand in any message.
  var secrets: [String] {
    switch self {
    case .key(let key): [key]
    case .signature(let signer): signer.credentials.secrets
    }
  }

  private static func credentials(
    _ settings: ProviderSettings, _ call: ProviderCall
  ) throws(ProviderError) -> AWSCredentials {
    let accessKey = settings["AWS_ACCESS_KEY_ID"]
    let secretKey = settings["AWS_SECRET_ACCESS_KEY"]
    if let accessKey, let secretKey {
      return AWSCredentials(
        accessKey: accessKey, secretKey: secretKey, sessionToken: settings["AWS_SESSION_TOKEN"])
    }
    if accessKey == nil, secretKey == nil {
      throw missing(
        "Set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the agent's config.apiKey.",
        call)
    }
    throw missing(
      "\(accessKey == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY") is not set, and its counterpart is.",
      call)
  }

  private static func missing(_ hint: String, _ call: ProviderCall) -> ProviderError {
    ProviderError(
      .keyMissing, "AWS credentials are required", hint: hint, provider: call.provider,
      model: call.request.model)
  }
}
