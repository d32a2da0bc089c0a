import Basics
import Glibc
import TestKit
import Testing

/// The real `agenthub` as a process: real sockets, a real database, real transfers.
final class HubBinary: Sendable {
  let folder: ScratchFolder
  let port: UInt16
  /// What it said at its start.
  let greeting: String
  private let process: ChildProcess

  /// Starts a hub on a free port and waits until it accepts connections.
  ///
  /// - Parameters:
  ///   - folder: holds the database; the same one again is the same hub again.
  ///   - environment: what it gets beside a path; nothing of the tests' own.
  init(in folder: ScratchFolder = ScratchFolder(), environment: [String: String] = [:], port: UInt16 = 0)
    throws
  {
    self.folder = folder
    process = try Self.launch(["serve", "--port", "\(port)"], in: folder, environment: environment)
    greeting = try process.output(through: "listens on http")
    let url = greeting.split(whereSeparator: \.isWhitespace).first {
      $0.hasPrefix("http://127.0.0.1:") || $0.hasPrefix("https://127.0.0.1:")
    }
    let digits = url?.split(separator: ":").last?.prefix { $0.isNumber }
    guard let number = digits.flatMap({ UInt16($0) }) else {
      throw ChildProcess.Failure(description: "no URL in \(greeting); it said: \(Self.errors(in: folder))")
    }
    self.port = number
  }

  deinit {
    process.signal(SIGKILL)
    _ = process.ending()
    let errors = self.errors
    for trace in ["Sanitizer", "Fatal error", "Program crashed"] where errors.contains(trace) {
      Issue.record("the hub said: \(errors.prefix(4000))")
    }
  }

  var pid: pid_t { process.pid }
  /// What all hubs of the folder wrote to standard error.
  var errors: String { Self.errors(in: folder) }

  /// Asks for what is on the disk now.
  func hangUp() { process.signal(SIGHUP) }

  /// Waits until it has written something to standard error.
  func waitForWords(_ words: String) throws {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while !errors.contains(words) {
      guard ContinuousClock.now < deadline else {
        throw ChildProcess.Failure(description: "it never said \(words), but: \(errors)")
      }
      usleep(5000)
    }
  }

  /// Asks for an orderly end.
  func terminate() { process.signal(SIGTERM) }

  /// Ends it as a power cut would.
  func killAtOnce() {
    process.signal(SIGKILL)
    #expect(process.ending() == .killed(signal: SIGKILL))
  }

  /// Waits for its end.
  func ending(seconds: Double = 20) -> ChildProcess.Ending { process.ending(seconds: seconds) }

  // MARK: other commands

  /// Runs a command to its end.
  static func run(
    _ arguments: [String], in folder: ScratchFolder, environment: [String: String] = [:]
  ) throws -> (ending: ChildProcess.Ending, output: String, errors: String) {
    let before = errors(in: folder).utf8.count
    let process = try launch(arguments, in: folder, environment: environment)
    let ending = process.ending()
    let output = try process.output(through: "\u{0}never")
    return (ending, output, String(decoding: errors(in: folder).utf8.dropFirst(before), as: UTF8.self))
  }

  static func launch(
    _ arguments: [String], in folder: ScratchFolder, environment: [String: String]
  ) throws -> ChildProcess {
    var all = ["PATH": "/usr/bin:/bin", "AGENTHUB_DATABASE": "\(folder.path)/hub.db"]
    for name in ["LD_LIBRARY_PATH", "TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS"] {
      if let value = getenv(name) { all[name] = String(cString: value) }
    }
    all.merge(environment) { _, given in given }
    return try ChildProcess(try path(), arguments, environment: all, errors: "\(folder.path)/errors.log")
  }

  private static func errors(in folder: ScratchFolder) -> String {
    String(decoding: contents(of: "\(folder.path)/errors.log"), as: UTF8.self)
  }

  static func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      guard count > 0 else { return bytes }
      bytes += chunk.prefix(count)
    }
  }

  /// The program that was built beside the tests.
  private static func path() throws -> String {
    let words = contents(of: "/proc/self/cmdline").split(separator: 0).map {
      String(decoding: $0, as: UTF8.self)
    }
    var candidates = words.filter { $0.hasSuffix(".xctest") }
    var link = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &link, link.count)
    candidates.append(
      String(decoding: link.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    for candidate in candidates {
      let folder = candidate.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      let path = folder.joined(separator: "/") + "/agenthub"
      if access(path, X_OK) == 0 { return path }
    }
    throw ChildProcess.Failure(description: "there is no agenthub beside \(candidates)")
  }
}
