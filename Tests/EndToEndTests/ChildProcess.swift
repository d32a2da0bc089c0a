import Glibc
import Synchronization
import TestKit

/// A program of its own that cannot outlive the tests.
///
/// The thread that starts it stays to wait for it. `setpriv --pdeathsig` ties the program to that thread, so even tests
/// that are killed leave nothing behind; a tie to a thread of the pool would kill it as soon as the pool shrinks.
final class ChildProcess: Sendable {
  /// How a program ended.
  enum Ending: Equatable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)
    /// It still runs, or nobody knows.
    case unknown
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let pid: pid_t
  /// The reading end of its standard output.
  private let output: Int32
  private let endings: Recorder<Ending>
  /// Whether the process number is free for others, so that a late signal would hit a stranger.
  private let isReaped: ReapMark

  /// Starts a program whose standard error goes to a file.
  init(_ path: String, _ arguments: [String], environment: [String: String], errors: String) throws {
    let started = Recorder<Result<(pid: pid_t, output: Int32), Failure>>()
    let endings = Recorder<Ending>()
    let isReaped = ReapMark()
    startThread {
      let result = Spawn.run(path, arguments, environment: environment, errors: errors)
      started.record(result)
      guard case .success(let (pid, _)) = result else { return }
      endings.record(isReaped.wait(for: pid))
    }
    guard let result = started.wait().first else { throw Failure(description: "\(path) did not start") }
    (pid, output) = try result.get()
    self.endings = endings
    self.isReaped = isReaped
  }

  deinit {
    signal(SIGKILL)
    endings.wait()
    close(output)
  }

  /// Sends a signal, if the program still runs.
  func signal(_ number: Int32) { isReaped.ifNot { kill(pid, number) } }

  /// Waits for the end.
  func ending(seconds: Double = 20) -> Ending { endings.wait(seconds: seconds).first ?? .unknown }

  /// Reads standard output up to a marker and the line it is in; what was read by then at the end of the stream.
  func output(through marker: String, seconds: Int = 30) throws -> String {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(seconds))
    var bytes: [UInt8] = []
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if text.contains(marker), text.hasSuffix("\n") { return text }
      guard ContinuousClock.now < deadline else { throw Failure(description: "no \(marker) in: \(text)") }
      var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 1000) > 0 else { continue }
      var piece = [UInt8](repeating: 0, count: 4096)
      let count = read(output, &piece, piece.count)
      guard count > 0 else { return text }
      bytes += piece.prefix(count)
    }
  }
}

/// Knows whether a process was waited for; before that its number is its own.
private final class ReapMark: Sendable {
  private let isReaped = Mutex(false)

  func ifNot(_ body: () -> Void) { isReaped.withLock { if !$0 { body() } } }

  func wait(for pid: pid_t) -> ChildProcess.Ending {
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    return isReaped.withLock { isReaped in
      var status: Int32 = 0
      let result = waitpid(pid, &status, 0)
      isReaped = true
      guard result == pid else { return .unknown }
      return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: status & 0x7F)
    }
  }
}

/// posix_spawn with nothing inherited but what is given.
private enum Spawn {
  /// One at a time: a pipe's ends are not yet marked close-on-exec when the next program could inherit them.
  private static let turn = Mutex(())

  static func run(
    _ path: String, _ arguments: [String], environment: [String: String], errors: String
  ) -> Result<(pid: pid_t, output: Int32), ChildProcess.Failure> {
    turn.withLock { _ in
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { return .failure(.init(description: "no pipe")) }
      defer { close(ends[1]) }
      _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
      posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
      // A socket of another test that lived on in the child would never look closed to its peer.
      for descriptor: Int32 in 3..<2048 { posix_spawn_file_actions_addclose(&actions, descriptor) }
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      // Threads of the pool block signals, and a child would inherit that.
      var none = sigset_t()
      sigemptyset(&none)
      posix_spawnattr_setsigmask(&attributes, &none)
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
      let words = ["setpriv", "--pdeathsig", "KILL", "--", path] + arguments
      let variables = environment.map { "\($0.key)=\($0.value)" }
      var pid: pid_t = 0
      let result = withCStrings(words) { words in
        withCStrings(variables) { posix_spawn(&pid, "/usr/bin/setpriv", &actions, &attributes, words, $0) }
      }
      guard result == 0 else {
        close(ends[0])
        return .failure(.init(description: "spawning \(path): errno \(result)"))
      }
      return .success((pid, ends[0]))
    }
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        preconditionFailure("an array with an element has an address")
      }
      return body(base)
    }
  }
}
