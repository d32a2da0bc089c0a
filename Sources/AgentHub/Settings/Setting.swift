/// One row of the settings: its names, what it means, and the place of its value.
struct Setting: Sendable {
  /// The word all names are made of, as in `max-body-bytes`.
  let name: String
  let meaning: String
  /// Completes the sentence "Expected …".
  let expectation: String
  /// The default as an operator would write it; empty when there is none.
  let standard: String
  /// Whether the bare flag means "on".
  let isSwitch: Bool
  /// Whether the flag may come several times; the values are one list then.
  let isList: Bool

  /// Stores the text's value; false when the text is not what the setting expects.
  let assign: @Sendable (String, inout Settings) -> Bool
  /// The current value as an operator would write it.
  let show: @Sendable (Settings) -> String

  init<Value: Sendable>(
    _ name: String, _ place: any WritableKeyPath<Settings, Value> & Sendable, _ kind: SettingKind<Value>,
    _ meaning: String
  ) {
    self.name = name
    self.meaning = meaning
    self.expectation = kind.expectation
    self.isSwitch = Value.self == Bool.self
    self.isList = kind.isList
    self.standard = kind.show(Settings()[keyPath: place])
    self.assign = { text, settings in
      guard let value = kind.read(text) else { return false }
      settings[keyPath: place] = value
      return true
    }
    self.show = { settings in kind.show(settings[keyPath: place]) }
  }

  /// Other names in the environment and in a settings file, which deployments of the systems that the hub replaces already set.
  var aliases: [String] {
    switch self.name {
    case "database": [DatabaseURL.variable]
    case "environment": ["ENVIRONMENT"]
    case "allowed-origins": ["CORS_ORIGINS"]
    case "forget-threads-after": ["CONVERSATION_MAX_AGE_HOURS"]
    case "forget-every": ["CONVERSATION_CLEANUP_INTERVAL_HOURS"]
    default: []
    }
  }

  /// The flag of the command line, `--max-body-bytes`.
  var flag: String { "--\(self.name)" }

  /// The name in the environment and in a settings file, `AGENTHUB_MAX_BODY_BYTES`.
  var variable: String {
    SettingTable.prefix + String(self.name.uppercased().map { $0 == "-" ? "_" : $0 })
  }
}
