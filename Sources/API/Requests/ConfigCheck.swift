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
    if let cache = config["cache"]?.object {
      try refuseNearNames(in: cache, known: AgentConfiguration.Cache.names, path: "config.cache")
    }
    for (index, fallback) in (config["fallbacks"]?.array ?? []).enumerated() {
      guard let object = fallback.object else { continue }
      try refuseNearNames(
        in: object, known: AgentConfiguration.Fallback.names, path: "config.fallbacks[\(index)]")
    }
    let configuration = try AgentConfiguration(config)
    try check(configuration.baseUrl, path: "config")
    for (index, fallback) in configuration.fallbacks.enumerated() {
      try check(fallback.baseUrl, path: "config.fallbacks[\(index)]")
      guard ProviderTable.row(named: fallback.provider) == nil else { continue }
      throw APIError(
        "invalid_config", "config.fallbacks[\(index)].provider is not known: \(fallback.provider).",
        hint: "Providers: \(ProviderTable.rows.map(\.name).joined(separator: ", ")).")
    }
  }

  private static func check(_ baseURL: String?, path: String) throws(APIError) {
    guard let fault = baseURL.flatMap(ProviderAddress.fault) else { return }
    throw APIError(
      "invalid_config", "\(path).baseUrl cannot be used: \(fault)",
      hint: "Write it like https://host:port/path; a key belongs in \(path).apiKey.")
  }

  /// A misspelt member would be kept and ignored, and nobody would know why it has no effect.
  private static func refuseNearNames(in object: JSONObject, known: [String], path: String) throws(APIError) {
    for name in object.names where !known.contains(name) {
      guard let meant = nearestName(to: PlainName.of(name), among: known) else { continue }
      throw APIError("invalid_config", "\(path) has no member \(name).", hint: "Did you mean \(meant)?")
    }
  }
}
