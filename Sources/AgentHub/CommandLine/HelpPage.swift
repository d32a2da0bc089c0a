/// The help texts, made from the tables so that they cannot disagree with them.
enum HelpPage {
  static func overview() -> String {
    """
    agenthub: one server that keeps agents and conversations and shows every answer live.

    Usage: agenthub COMMAND [--setting value …]

    Commands
    \(self.columns(CommandTable.all.map { [$0.name, $0.summary] }))
    `agenthub COMMAND --help` tells more. A first try:
      agenthub serve            then open http://127.0.0.1:3001

    """
  }

  static func page(for command: Command) -> String {
    var page = """
      agenthub \(command.name): \(command.summary)

      \(command.details)

      Examples
      \(self.columns(command.examples.map { [$0.line, $0.meaning] }))
      """
    if !command.switches.isEmpty {
      page += "\nSwitches\n\(self.columns(command.switches.map { [Self.line(of: $0), $0.meaning] }))"
    }
    return command.takesSettings ? page + self.settings() : page
  }

  private static func line(of known: Command.Switch) -> String {
    known.values.isEmpty ? known.flag : "\(known.flag) \(known.values.joined(separator: "|"))"
  }

  private static func settings() -> String {
    let rows = SettingTable.all.map { setting in
      [setting.flag, setting.standard.isEmpty ? "-" : setting.standard, setting.meaning]
    }
    let providers = ProviderVariable.all.map { [$0.name + ($0.isPooled ? "[_n|S]" : ""), $0.meaning] }
    return """

      Settings: flag, default, meaning
      \(self.columns(rows))
      A flag wins over the environment, the environment over the file, the file over the default.
      --port is AGENTHUB_PORT in the environment and in the file, and so on for each.
      The file is --config FILE or \(SettingTable.configVariable), else \(SettingTable.standardConfigFile) when it exists:
      lines of NAME=value, # begins a comment. An empty value counts as not set.

      Providers: environment or file, never a flag (other users can see a command line)
      \(self.columns(providers))
      """
  }

  /// Rows as aligned columns, each line ended; the last column is left ragged.
  static func columns(_ rows: [[String]], indent: Int = 2) -> String {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.reduce(into: "") { text, row in
      text += String(repeating: " ", count: indent)
      for (column, cell) in row.enumerated() {
        let isLast = column == row.count - 1
        text += isLast ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      text += "\n"
    }
  }
}
