import Basics
import Model
import Providers

/// What a new config must not do beyond what `AgentConfiguration` refuses. Stored configs are not asked again, so that
/// agents of an older version still answer.
enum ConfigCheck {
  /// - Throws: `invalid_config`.
  static func check(_ config: JSONObject) throws {
    try refuseNearNames(in: config, known: AgentConfiguration.names, path: "config")
    if let timeouts = config["timeouts"]?.object {
      try refuseNearNames(in: timeouts, known: AgentConfiguration.Timeouts.names, path: "config.timeouts")
    }
    let configuration = try AgentConfiguration(config)
    if let fault = configuration.baseUrl.flatMap(ProviderAddress.fault) {
      throw APIError(
        "invalid_config", "config.baseUrl cannot be used: \(fault)",
        hint: "Write it like https://host:port/path; a key belongs in config.apiKey.")
    }
  }

  /// A misspelt member would be kept and ignored, and nobody would know why it has no effect.
  private static func refuseNearNames(in object: JSONObject, known: [String], path: String) throws(APIError) {
    for name in object.names where !known.contains(name) {
      guard let meant = nearestName(to: PlainName.of(name), among: known) else { continue }
      throw APIError("invalid_config", "\(path) has no member \(name).", hint: "Did you mean \(meant)?")
    }
  }
}
