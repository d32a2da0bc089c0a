import Basics
import Knowledge
import Synchronization
import TestKit
import Testing

@testable import AgentHub

/// A hub that only remembers what it was asked for.
private final class RecordingHub: HubCommands {
  struct Failure: CodedError {
    let code = "database_locked"
    let message = "Cannot open the database."
    let hint: String? = "Is another hub running?"
  }

  private let calls = Mutex<[String]>([])
  let fails: Bool

  init(fails: Bool = false) { self.fails = fails }

  var said: [String] { self.calls.withLock { $0 } }

  func serve(_ settings: Settings, log: Log, terminal: Terminal) throws {
    try self.record("serve \(settings.port) \(log.level)")
  }

  func migrate(_ settings: Settings, log: Log, terminal: Terminal) throws { try self.record("migrate") }

  func seed(_ settings: Settings, reset: Bool, log: Log, terminal: Terminal) throws {
    try self.record("seed \(reset)")
  }

  func index(
    _ domains: [KnowledgeDomain], force: Bool, _ settings: Settings, log: Log, terminal: Terminal
  ) throws {
    try self.record("index \(domains.map(\.rawValue).joined(separator: "+")) \(force)")
  }

  func compact(_ settings: Settings, log: Log, terminal: Terminal) throws {
    try self.record("compact \(settings.compactAfter)")
  }

  var routes: [RouteLine] { [RouteLine(method: "GET", path: "/health", meaning: "is it alive")] }

  private func record(_ call: String) throws {
    self.calls.withLock { $0.append(call) }
    if self.fails { throw Failure() }
  }
}

/// What a run of the command line left behind.
private struct Outcome {
  let code: ExitCode
  let output: String
  let complaint: String
}

struct CommandLineRunnerTests {
  private static func run(
    _ words: [String], environment: [String: String] = [:], files: [String: String] = [:],
    hub: RecordingHub = RecordingHub()
  ) -> Outcome {
    let output = OutputRecorder()
    let input = ProcessInput(words: words, environment: environment) { path throws(LaunchError) in files[path]
    }
    let runner = CommandLineRunner(
      input: input, terminal: Terminal(write: output.write, complain: output.complain), hub: hub)
    let code = runner.run()
    return Outcome(code: code, output: output.texts.0, complaint: output.texts.1)
  }

  @Test func `without a command there is help`() {
    let outcome = Self.run([])
    #expect(outcome.code == .success && outcome.complaint.isEmpty)
    for command in CommandTable.all { #expect(outcome.output.contains("  \(command.name) ")) }
  }

  @Test(arguments: CommandTable.all.map(\.name))
  func `each command has help with examples, and settings where it takes them`(name: String) throws {
    let hub = RecordingHub()
    let outcome = Self.run([name, "--help"], hub: hub)
    let command = try #require(CommandTable.command(named: name))
    #expect(outcome.code == .success && hub.said.isEmpty)
    #expect(outcome.output.contains("agenthub \(name)") && !command.examples.isEmpty)
    for setting in SettingTable.all {
      #expect(outcome.output.contains(setting.flag) == command.takesSettings)
    }
    for commandSwitch in command.switches { #expect(outcome.output.contains(commandSwitch.flag)) }
    let longest = outcome.output.split(separator: "\n").map(\.count).max() ?? 0
    #expect(longest <= 120, "A line of help has \(longest) characters.")
  }

  @Test(
    arguments: [
      (["serve", "--port", "0", "--log", "debug"], "serve 0 debug"), (["migrate"], "migrate"),
      (["compact", "--compact-after", "2"], "compact 7200.0 seconds"),
      (["seed"], "seed false"),
      (["seed", "--reset"], "seed true"),
      (["index", "--all"], "index technical+billing+general+field_service false"),
      (["index", "--force", "--domain", "billing"], "index billing true"),
    ])
  func `a command reaches the hub with its settings`(words: [String], call: String) {
    let hub = RecordingHub()
    #expect(Self.run(words, hub: hub).code == .success)
    #expect(hub.said == [call])
  }

  @Test func `wrong settings end with 2 before anything is begun`() {
    let hub = RecordingHub()
    let outcome = Self.run(["serve"], environment: ["AGENTHUB_PORT": "x"], hub: hub)
    #expect(outcome.code == .usage && hub.said.isEmpty && outcome.output.isEmpty)
    #expect(outcome.complaint.hasPrefix("agenthub: ") && outcome.complaint.contains("\n  Expected "))
  }

  @Test func `an open address is refused by serve and by config`() {
    #expect(Self.run(["serve", "--host", "0.0.0.0"]).code == .usage)
    #expect(Self.run(["config", "--host", "0.0.0.0"]).code == .usage)
    #expect(Self.run(["serve", "--host", "0.0.0.0", "--insecure-open"]).code == .success)
    #expect(Self.run(["migrate", "--host", "0.0.0.0"]).code == .success)
  }

  @Test func `a command that fails ends with 1 and says what to try`() {
    let outcome = Self.run(["migrate"], hub: RecordingHub(fails: true))
    #expect(outcome.code == .failure)
    #expect(outcome.complaint == "agenthub: Cannot open the database.\n  Is another hub running?\n")
  }

  @Test func `config shows each value with its origin`() {
    let outcome = Self.run(
      ["config", "--echo"], environment: ["AGENTHUB_PORT": "7"],
      files: ["./agenthub.conf": "AGENTHUB_LOG=debug\nOPENAI_API_KEY=sk-0123456789"])
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(outcome.code == .success)
    #expect(lines.contains("AGENTHUB_PORT 7 environment AGENTHUB_PORT"))
    #expect(lines.contains("AGENTHUB_LOG debug file ./agenthub.conf line 1"))
    #expect(lines.contains("AGENTHUB_ECHO on flag --echo"))
    #expect(lines.contains("AGENTHUB_HOST 127.0.0.1 default"))
    #expect(lines.contains("OPENAI_API_KEY …6789 file ./agenthub.conf line 2"))
    #expect(!outcome.output.contains("sk-"))
  }

  @Test(arguments: ["localhost:8080", "ftp://h", "http://u:pass@h"])
  func `a provider's address that cannot be used ends with 2`(url: String) {
    let hub = RecordingHub()
    for command in ["serve", "config"] {
      let outcome = Self.run([command], environment: ["OPENAI_BASE_URL": url], hub: hub)
      #expect(outcome.code == .usage && hub.said.isEmpty)
      #expect(outcome.complaint.contains("OPENAI_BASE_URL") && !outcome.complaint.contains("pass@"))
    }
  }

  @Test func `config shows no password of an address`() {
    let outcome = Self.run(["config"], environment: ["OLLAMA_BASE_URL": "http://me:pass@h:1"])
    #expect(outcome.output.contains("http://me:***@h:1") && !outcome.output.contains("pass@"))
  }

  @Test func `a file that is asked for must exist, by flag or by environment`() {
    let files = ["a.conf": "AGENTHUB_PORT=1", "b.conf": "AGENTHUB_PORT=2"]
    let hub = RecordingHub()
    _ = Self.run(
      ["serve", "--config", "a.conf"], environment: ["AGENTHUB_CONFIG": "b.conf"], files: files, hub: hub)
    _ = Self.run(["serve"], environment: ["AGENTHUB_CONFIG": "b.conf"], files: files, hub: hub)
    #expect(hub.said == ["serve 1 info", "serve 2 info"])
    #expect(Self.run(["serve", "--config", "c.conf"]).complaint.contains("no settings file c.conf"))
    #expect(Self.run(["serve"], environment: ["AGENTHUB_CONFIG": "c.conf"]).code == .usage)
  }

  @Test func `routes are printed as a table`() {
    #expect(Self.run(["routes"]).output == "GET  /health  is it alive\n")
  }

  @Test func `the version is the changelog's newest`() {
    let newest = Repository.text(of: "CHANGELOG.md")?.split(separator: "\n").first { $0.hasPrefix("## ") }
    #expect(Self.run(["version"]).output == "agenthub \(HubVersion.text)\n")
    #expect(
      newest?.hasPrefix("## \(HubVersion.text)") == true, "Write CHANGELOG.md's entry for \(HubVersion.text)."
    )
  }

  @Test func `the process's own environment and files can be read`() throws {
    let input = ProcessInput.current
    #expect(input.environment["PATH"]?.isEmpty == false)
    #expect(try input.readFile("\(Repository.root)/Package.swift") == Repository.text(of: "Package.swift"))
    #expect(try input.readFile("\(Repository.root)/no-such-file") == nil)
    let error = #expect(throws: LaunchError.self) { try input.readFile(Repository.root) }
    #expect(error?.reason == .unreadableFile && error?.message.contains("Is a directory") == true)
  }
}

/// Collects what a command writes.
private final class OutputRecorder: Sendable {
  private let collected = Mutex(("", ""))

  var texts: (String, String) { self.collected.withLock { $0 } }

  @Sendable func write(_ text: String) { self.collected.withLock { $0.0 += text } }

  @Sendable func complain(_ text: String) { self.collected.withLock { $0.1 += text } }
}
