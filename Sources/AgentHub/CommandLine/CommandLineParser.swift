import Basics

/// Turns the words after the program's name into an `Invocation`. Flags may stand before or after the command,
/// as `--name value` or `--name=value`.
struct CommandLineParser {
  private var words: ArraySlice<String>
  private var result = Invocation()

  /// - Throws: `unknown_command`, `unknown_flag`, `missing_value`, `surplus_word`, `bad_value`.
  static func parse(_ words: [String]) throws(LaunchError) -> Invocation {
    var parser = Self(words: words[...])
    while let word = parser.words.popFirst() { try parser.take(word) }
    try parser.checkFlagsFitCommand()
    return parser.result
  }

  private init(words: ArraySlice<String>) { self.words = words }

  private mutating func take(_ word: String) throws(LaunchError) {
    switch word {
    case "--help", "-h": self.result.wantsHelp = true
    case "--version" where self.result.command == nil: self.result.command = "version"
    case _ where word.hasPrefix("-"): try self.takeFlag(word)
    case "help" where self.result.command == nil: self.result.wantsHelp = true
    default: try self.takeCommand(word)
    }
  }

  private mutating func takeCommand(_ word: String) throws(LaunchError) {
    if let command = self.result.command {
      throw LaunchError(
        .surplusWord, "\"\(word)\" after \(command) is not understood.",
        hint: "A setting's value follows its flag: --port 8080.")
    }
    guard CommandTable.command(named: word) != nil else {
      let nearest = nearestName(to: word, among: CommandTable.all.map(\.name))
      throw LaunchError(
        .unknownCommand, "There is no command \"\(word)\".", hint: LaunchError.suggestion(nearest))
    }
    self.result.command = word
  }

  private mutating func takeFlag(_ word: String) throws(LaunchError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let flag = String(parts[0])
    let attached = parts.count == 2 ? String(parts[1]) : nil
    if flag == "--config" {
      self.result.configFile = try self.value(of: flag, attached: attached, expectation: "the path of a file")
    } else if let setting = SettingTable.setting(flag: flag) {
      let earlier = self.result.settings[setting.name]
      guard earlier == nil || setting.isList else {
        throw LaunchError(.badValue, "\(flag) is given twice.", hint: "Keep one of them.")
      }
      let text =
        try setting.isSwitch
        ? attached ?? "on" : self.value(of: flag, attached: attached, expectation: setting.expectation)
      self.result.settings[setting.name] = earlier.map { "\($0),\(text)" } ?? text
    } else if let known = CommandTable.all.flatMap(\.switches).first(where: { $0.flag == flag }),
      attached == nil || !known.values.isEmpty
    {
      try self.takeSwitch(known, attached: attached)
    } else {
      throw Self.unknown(flag)
    }
  }

  private mutating func takeSwitch(_ known: Command.Switch, attached: String?) throws(LaunchError) {
    self.result.switches.insert(known.flag)
    guard !known.values.isEmpty else { return }
    let expectation = "one of \(known.values.joined(separator: ", "))"
    let value = try self.value(of: known.flag, attached: attached, expectation: expectation)
    guard known.values.contains(value) else {
      throw LaunchError(
        .badValue, "\(known.flag) cannot be \"\(value)\".", hint: "Expected \(expectation).")
    }
    self.result.values[known.flag] = value
  }

  private mutating func value(
    of flag: String, attached: String?, expectation: String
  ) throws(LaunchError) -> String {
    if let attached { return attached }
    // A flag where a value should stand is a forgotten value; one that begins with a dash can be attached with =.
    guard let next = self.words.first, !next.hasPrefix("--") else {
      throw LaunchError(.missingValue, "\(flag) has no value.", hint: "Expected \(expectation).")
    }
    self.words.removeFirst()
    return next
  }

  private func checkFlagsFitCommand() throws(LaunchError) {
    guard let name = self.result.command, let command = CommandTable.command(named: name),
      !self.result.wantsHelp
    else { return }
    let own = Set(command.switches.map(\.flag))
    if let foreign = self.result.switches.subtracting(own).min() {
      throw LaunchError(
        .unknownFlag, "\(name) has no \(foreign).", hint: "`agenthub \(name) --help` shows what it takes.")
    }
    let usesSettings = !self.result.settings.isEmpty || self.result.configFile != nil
    if usesSettings && !command.takesSettings {
      throw LaunchError(.unknownFlag, "\(name) takes no settings.", hint: "Leave them out.")
    }
  }

  private static func unknown(_ flag: String) -> LaunchError {
    let known =
      SettingTable.all.map(\.flag) + ["--config", "--help"]
      + CommandTable.all.flatMap { $0.switches.map(\.flag) }
    // Both dashes are common to all and must not count as likeness.
    let bare = nearestName(to: String(flag.drop { $0 == "-" }), among: known.map { String($0.dropFirst(2)) })
    return LaunchError(
      .unknownFlag, "There is no flag \(flag).", hint: LaunchError.suggestion(bare.map { "--" + $0 }))
  }
}
