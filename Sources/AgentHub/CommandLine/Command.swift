import Basics

/// A word after `agenthub`: what it is for, what it takes, and what it does.
struct Command: Sendable {
  /// A switch that only this command has.
  struct Switch: Sendable, Equatable {
    let flag: String
    let meaning: String
    /// The words of which one follows it; none for a switch that stands alone.
    var values: [String] = []
  }

  let name: String
  /// One line of the command list.
  let summary: String
  /// What the help says below the summary, in whole sentences.
  let details: String
  /// Commands to copy, each with what it does.
  let examples: [(line: String, meaning: String)]
  let switches: [Switch]
  let takesSettings: Bool
  /// Does the work. What it throws ends the program with code 1, or 2 for a `LaunchError`.
  let run: @Sendable (CommandContext) throws -> Void
}

/// What a running command may use.
struct CommandContext {
  let invocation: Invocation
  let input: ProcessInput
  let terminal: Terminal
  let hub: any HubCommands

  /// The settings of this invocation, read when a command asks for them.
  ///
  /// - Throws: `LaunchError` naming the flag, variable or line that is wrong.
  func resolveSettings() throws(LaunchError) -> SettingsResolver {
    try SettingsResolver(
      flags: self.invocation.settings,
      environment: self.input.environment,
      file: self.input.settingsFile(named: self.invocation.configFile))
  }

  /// Where the rooms' lines go: standard error, from the level that was asked for.
  func log(for settings: Settings) -> Log {
    Log(level: settings.log, sink: LogSink.standardError)
  }
}
