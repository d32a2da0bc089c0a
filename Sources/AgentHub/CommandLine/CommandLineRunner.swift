import Basics

/// How the program ends.
enum ExitCode: Int32, Sendable {
  case success = 0
  /// The command was understood and failed.
  case failure = 1
  /// The words or the settings were wrong; nothing was begun.
  case usage = 2
}

/// Runs one command line from its words to its exit code.
struct CommandLineRunner {
  let input: ProcessInput
  let terminal: Terminal
  let hub: any HubCommands

  func run() -> ExitCode {
    do {
      try self.runCommand()
      return .success
    } catch let error as LaunchError {
      self.report(error)
      return .usage
    } catch let error as any CodedError {
      self.report(error)
      return .failure
    } catch {
      self.terminal.complain("agenthub: \(error)\n")
      return .failure
    }
  }

  private func runCommand() throws {
    let invocation = try CommandLineParser.parse(self.input.words)
    guard let name = invocation.command, let command = CommandTable.command(named: name) else {
      return self.terminal.write(HelpPage.overview())
    }
    guard !invocation.wantsHelp else { return self.terminal.write(HelpPage.page(for: command)) }
    try command.run(
      CommandContext(invocation: invocation, input: self.input, terminal: self.terminal, hub: self.hub))
  }

  private func report(_ error: any CodedError) {
    self.terminal.complain("agenthub: \(error.message)\n" + (error.hint.map { "  \($0)\n" } ?? ""))
  }
}
