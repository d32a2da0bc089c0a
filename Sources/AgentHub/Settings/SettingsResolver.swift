import Providers

/// Settles each setting from the first place that names it: flag, environment, file, default.
struct SettingsResolver {
  /// A setting's value and its origin, as `agenthub config` shows them.
  struct Row: Sendable, Equatable {
    let name: String
    let value: String
    let origin: SettingOrigin
  }

  private(set) var settings = Settings()
  private(set) var rows: [Row] = []

  private let flags: [String: String]
  private let environment: [String: String]
  private let file: SettingsFile?

  /// - Parameters:
  ///   - flags: values by a setting's name, `["port": "0"]`.
  ///   - file: the settings file, already read, or nil when there is none.
  /// - Throws: `unknown_setting`, `bad_value`, `unsupported_database`.
  init(flags: [String: String], environment: [String: String], file: SettingsFile?) throws(LaunchError) {
    self.flags = flags
    // An empty variable counts as not set: that is what a compose file makes of a missing one.
    self.environment = environment.filter { !$0.value.isEmpty }
    self.file = file
    try self.refuseUnknownNames()
    for setting in SettingTable.all { try self.settle(setting) }
    self.collectProviderVariables()
  }

  private mutating func settle(_ setting: Setting) throws(LaunchError) {
    let (text, origin) = try self.source(of: setting)
    if let text {
      guard setting.assign(text, &self.settings) else {
        throw LaunchError(
          .badValue, "The \(origin) says \"\(text)\" for the setting \(setting.name).",
          hint: "Expected \(setting.expectation).")
      }
    }
    let value = setting.show(self.settings)
    self.rows.append(Row(name: setting.variable, value: value.isEmpty ? "(none)" : value, origin: origin))
  }

  private func source(of setting: Setting) throws(LaunchError) -> (text: String?, origin: SettingOrigin) {
    if let text = self.flags[setting.name] { return (text, .flag(setting.flag)) }
    for name in [setting.variable] + setting.aliases {
      guard let (text, origin) = self.value(of: name) else { continue }
      return (name == DatabaseURL.variable ? try DatabaseURL.path(of: text, from: origin) : text, origin)
    }
    return (nil, .standard)
  }

  private func value(of variable: String) -> (text: String, origin: SettingOrigin)? {
    if let text = self.environment[variable] { return (text, .environment(variable)) }
    guard let file, let entry = file.entries.first(where: { $0.name == variable && !$0.value.isEmpty })
    else { return nil }
    return (entry.value, .file(file.path, line: entry.line))
  }

  /// Only our own prefix is ours to judge in the environment; a settings file is ours as a whole.
  private func refuseUnknownNames() throws(LaunchError) {
    for name in self.environment.keys.sorted()
    where name.hasPrefix(SettingTable.prefix) && name != SettingTable.configVariable {
      guard SettingTable.setting(variable: name) != nil else {
        throw .unknownSetting(name, in: "the environment")
      }
    }
    guard let file else { return }
    for entry in file.entries {
      let isKnown =
        SettingTable.setting(variable: entry.name) != nil || ProviderVariable.owner(of: entry.name) != nil
        || SettingTable.all.contains { $0.aliases.contains(entry.name) }
      if !isKnown { throw .unknownSetting(entry.name, in: "line \(entry.line) of \(file.path)") }
    }
  }

  private mutating func collectProviderVariables() {
    let names = Set(self.environment.keys).union(self.file?.entries.map(\.name) ?? [])
    for name in names.sorted() {
      guard let owner = ProviderVariable.owner(of: name), let (text, origin) = self.value(of: name)
      else { continue }
      self.settings.providerVariables[name] = text
      self.rows.append(
        Row(name: name, value: owner.isSecret ? masked(text) : URLSecret.masked(text), origin: origin))
    }
  }
}
