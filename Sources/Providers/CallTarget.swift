import Fetch
import Model

/// Where one request goes and with which key. The only place where a key is chosen: a request has one.
struct CallTarget {
  let base: FetchURL
  /// Whether the environment names this server. Its keys go there only, not to wherever an agent points.
  let isEnvironments: Bool
  let key: String?

  /// The names that a provider's address and key have in the environment.
  struct Variables {
    let base: String
    let key: String
    /// Where the provider itself is.
    let official: String

    /// Whether a call goes to the server that the environment's keys are for, and brings no key of its own.
    func serve(_ call: ProviderCall, _ settings: ProviderSettings) -> Bool {
      guard call.configuration.apiKey == nil else { return false }
      guard let agents = call.configuration.baseUrl else { return true }
      guard let url = try? FetchURL(agents), let own = try? FetchURL(settings[base] ?? official) else {
        return false
      }
      return url.hasSameOrigin(as: own)
    }
  }

  /// - Throws: `provider_invalid_request` for an address that cannot be used.
  init(_ call: ProviderCall, _ settings: ProviderSettings, _ variables: Variables) throws(ProviderError) {
    let environments = settings[variables.base] ?? variables.official
    base = try ProviderAddress.parse(call.configuration.baseUrl ?? environments, call)
    isEnvironments = (try? FetchURL(environments)).map(base.hasSameOrigin) ?? false
    key = call.configuration.apiKey ?? (isEnvironments ? settings.key(variables.key) : nil)
  }
}
