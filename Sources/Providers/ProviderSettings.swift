import Fetch
import Model

/// The environment's values that providers use. Read once by the executable and handed in.
package struct ProviderSettings: Sendable {
  private let values: [String: String]

  /// No values: every provider has its defaults.
  package static let none = ProviderSettings(unchecked: [:])

  /// Takes values by name; names that are not in `ProviderTable.settingNames` are ignored, empty values count as not given.
  ///
  /// - Throws: `provider_setting_invalid` for a URL or a time-out that cannot be used.
  package init(_ values: [String: String]) throws(ProviderError) {
    self.values = Self.withoutAliases(values.filter { !$0.value.isEmpty })
    for name in ProviderTable.settingNames {
      guard let value = self.values[name] else { continue }
      if name.hasSuffix("_BASE_URL") || name == BedrockEndpoint.addressVariable {
        _ = try Self.url(value, name)
      }
      if name.hasSuffix("_TIMEOUT") { _ = try Self.seconds(value, name) }
    }
  }

  /// Gemini's keys have two names in use; Google's own tools prefer `GOOGLE_API_KEY`.
  private static func withoutAliases(_ values: [String: String]) -> [String: String] {
    let names = zip(ProviderTable.keySettings("GEMINI_API_KEY"), ProviderTable.keySettings("GOOGLE_API_KEY"))
    guard names.allSatisfy({ values[$1] == nil }) else { return values }
    return names.reduce(into: values) { values, name in values[name.1] = values[name.0] }
  }

  private init(unchecked values: [String: String]) { self.values = values }

  /// A value by name, nil when it is not given.
  package subscript(name: String) -> String? { values[name] }

  /// A provider's first key.
  func key(_ name: String) -> String? { keys(name).first }

  /// A provider's keys in their order, each once: `X`, then `X_1` and so on as far as there is no gap, and `XS`; each may hold several, with
  /// commas.
  package func keys(_ name: String) -> [String] {
    var keys: [String] = []
    let behindGap = keysBehindGap(name)
    for variable in ProviderTable.keySettings(name) where !behindGap.contains(variable) {
      let words = values[variable]?.split { $0 == "," || $0.isWhitespace } ?? []
      for word in words where !keys.contains(String(word)) { keys.append(String(word)) }
    }
    return keys
  }

  /// Numbered variables that hold a key and do not count, because one before them is missing: a key that was taken out of the middle leaves
  /// doubt about the others (the seed systems end their list there, too).
  func keysBehindGap(_ name: String) -> [String] {
    ProviderTable.numberedKeySettings(name).drop { values[$0] != nil }.filter { values[$0] != nil }
  }

  /// The same settings with one key that was chosen for a call.
  func choosing(_ key: String, for name: String) -> ProviderSettings {
    var values = values
    values[name] = key
    return ProviderSettings(unchecked: values)
  }

  /// Time-outs of a call: the agent's, else the environment's, else the provider's own.
  func timeouts(_ own: FetchTimeouts, agent: AgentConfiguration.Timeouts) -> FetchTimeouts {
    func pick(_ agent: Double?, _ name: String, _ own: Duration) -> Duration {
      let seconds = agent ?? values["AGENTHUB_PROVIDER_\(name)_TIMEOUT"].flatMap(Double.init)
      return seconds.map { Duration.seconds($0) } ?? own
    }
    return FetchTimeouts(
      connect: pick(agent.connect, "CONNECT", own.connect),
      firstByte: pick(agent.firstByte, "FIRST_BYTE", own.firstByte),
      idle: pick(agent.idle, "IDLE", own.idle),
      total: pick(agent.total, "TOTAL", own.total))
  }

  private static func url(_ text: String, _ name: String) throws(ProviderError) -> FetchURL {
    do throws(FetchError) {
      return try FetchURL(text)
    } catch {
      throw ProviderError(
        .invalidSetting, "The setting \(name) is not usable: \(error.message)", hint: error.hint, provider: ""
      )
    }
  }

  private static func seconds(_ text: String, _ name: String) throws(ProviderError) -> Double {
    guard let seconds = Double(text), seconds >= 0.001, seconds <= 86_400 else {
      throw ProviderError(
        .invalidSetting, "The setting \(name) must be a number of seconds from 0.001 to 86400.", provider: "")
    }
    return seconds
  }
}
