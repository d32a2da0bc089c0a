import Basics
import CLinux
import Glibc

/// The processes of one worker: bubblewrap outside, and in the sandbox its first process and the interpreter.
///
/// Belongs to one thread.
final class WorkerProcess {
  private typealias Place = BubblewrapArguments.Descriptor

  private let child: ChildProcess
  /// Where bubblewrap tells the sandbox's first process; nil once it has.
  private(set) var report: Descriptor?
  private var reported: [UInt8] = []
  /// Closing it lets bubblewrap begin the worker.
  private var gate: Descriptor?
  /// The sandbox's first process: with it, everything inside ends.
  private var first: Descriptor?
  private var mustEnd = false
  private var unsent: ArraySlice<UInt8> = []
  private var heard: [UInt8] = []

  /// How much of what is said to standard error is kept.
  private static let errorLimit = 4096

  init(bubblewrap: String, arguments: [String], worker: [UInt8], filters: WorkerFilters) throws(SandboxError)
  {
    let report = try Descriptor.pipe()
    // If the hub were killed just now, a pipe that nobody reads would end bubblewrap after it has made the sandbox's first process and before
    // it sets that one going: it would wait for ever. So bubblewrap goes on, and the worker finds its own input closed.
    let writing = try Descriptor.unbroken(report.writing)
    let gate = try Descriptor.pipe()
    let start = try Descriptor.memoryFile(filters.starting)
    let program = try Descriptor.memoryFile(worker)
    let code = try Descriptor.memoryFile(filters.computing)
    let given: [(Place, Descriptor)] = [
      (.startFilter, start), (.worker, program), (.codeFilter, code), (.report, writing),
      (.gate, gate.reading),
    ]
    child = try ChildProcess(
      bubblewrap, arguments,
      descriptors: given.sorted { $0.0.rawValue < $1.0.rawValue }.map { $0.1 })
    self.report = report.reading
    self.gate = gate.writing
    report.reading.setNonBlocking()
  }

  /// What the loop waits for, with what to look for.
  var interests: [(descriptor: Int32, events: Int16)] {
    let readable = [report, child.output, child.errors, child.process].compactMap { $0?.number }
    var interests = readable.map { (descriptor: $0, events: Int16(POLLIN)) }
    if !unsent.isEmpty, let input = child.input { interests.append((input.number, Int16(POLLOUT))) }
    return interests
  }

  /// Sends bytes to the worker as fast as it reads them.
  func send(_ bytes: [UInt8]) {
    unsent += bytes
    flush()
  }

  /// Goes on with what could not be sent at once.
  func flush() {
    while !unsent.isEmpty, let input = child.input {
      guard let count = input.write(unsent) else {
        unsent = []
        return
      }
      if count == 0 { return }
      unsent = unsent.dropFirst(count)
    }
  }

  /// What the worker wrote since the last look; at most 64 KiB, so that one worker does not keep the others waiting.
  func receive() -> [UInt8] {
    switch child.output?.read() {
    case .bytes(let bytes): return bytes
    case .end:
      child.output = nil
      return []
    case .nothing, nil: return []
    }
  }

  /// The same for standard error, and for bubblewrap's report.
  func listen() {
    switch child.errors?.read() {
    case .bytes(let bytes): heard += bytes.prefix(max(0, Self.errorLimit - heard.count))
    case .end: child.errors = nil
    case .nothing, nil: break
    }
    switch report?.read() {
    case .bytes(let bytes): reported += bytes
    case .end: readReport()
    case .nothing, nil: break
    }
  }

  /// What was said to standard error so far.
  var errors: String { String(decoding: heard, as: UTF8.self) }

  /// Ends the sandbox by its first process, so that bubblewrap reaps that one before it ends itself: nothing is left to whoever adopts
  /// orphans here, which in a container may be nobody.
  ///
  /// Before bubblewrap has told of it, the end waits for that: if bubblewrap died between making the process and setting it going, the
  /// process would wait for ever.
  func kill() {
    mustEnd = true
    if let first { _ = clinux_process_signal(first.number, SIGKILL) }
  }

  /// Ends bubblewrap itself, should it not have followed.
  func killOutside() { child.kill() }

  /// Reaps bubblewrap if it has ended: its exit code, or its signal as a negative number.
  func reap() -> Int32? { child.reap() }

  private func readReport() {
    report = nil
    defer { gate = nil }
    guard let process = (try? JSON.parse(reported))?["child-pid"]?.integer else { return }
    // Bubblewrap has not reaped it yet: it waits for it for as long as it lives, and it lives, or this fails.
    let descriptor = clinux_process_descriptor(pid_t(truncatingIfNeeded: process))
    if descriptor >= 0 { first = Descriptor(descriptor) }
    if mustEnd { kill() } else { Self.volunteer(process) }
  }

  /// Makes the sandbox's first process, and so the worker that it begins after this, the first that the kernel ends when memory runs out:
  /// it should be a stranger's code that goes then, and not its hub.
  private static func volunteer(_ process: Int64) {
    let file = open("/proc/\(process)/oom_score_adj", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, "1000", 4)
    close(file)
  }
}

/// The two compiled filters of system calls.
struct WorkerFilters: Sendable {
  let starting: [UInt8]
  let computing: [UInt8]

  /// Filters for this processor.
  static func current() throws(SandboxError) -> WorkerFilters {
    guard let architecture = Architecture.current else {
      throw SandboxError(
        .unavailable,
        "Python code cannot be run here: the sandbox knows no table of system calls for this processor.",
        hint: "x86_64 and aarch64 are known.")
    }
    return WorkerFilters(
      starting: SystemCallFilter(.starting, on: architecture).bytes,
      computing: SystemCallFilter(.computing, on: architecture).bytes)
  }
}
