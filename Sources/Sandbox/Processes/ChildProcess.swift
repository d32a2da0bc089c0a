import CLinux
import Glibc

/// A child process, this side's ends of its three pipes, and the duty to reap it.
///
/// Belongs to one thread. Whoever starts one waits for `process` to become readable and then calls `reap`.
final class ChildProcess {
  /// The child's standard input; nil once closed.
  var input: Descriptor?
  /// What it prints; nil once its end was read.
  var output: Descriptor?
  var errors: Descriptor?
  /// Readable when the process has ended.
  let process: Descriptor

  /// Starts a program.
  ///
  /// - Parameter descriptors: what it finds as 3, 4, … besides its pipes.
  init(
    _ path: String, _ arguments: [String], environment: [String] = [], descriptors: [Descriptor] = []
  ) throws(SandboxError) {
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    let errors = try Descriptor.pipe()
    let pipes = [input.reading, output.writing, errors.writing]
    var identifier: pid_t = 0
    // What is given must stay open for as long as it is only known by its number.
    let failure = withExtendedLifetime((pipes, descriptors)) {
      let given = (pipes + descriptors).map(\.number)
      return Self.withCStrings([path] + arguments) { arguments in
        Self.withCStrings(environment) { environment in
          clinux_spawn(path, arguments, environment, given, given.count, &identifier)
        }
      }
    }
    guard failure == 0 else { throw .system("start \(path)", failure) }
    let process = clinux_process_descriptor(identifier)
    guard process >= 0 else {
      // A kernel before 5.3 has none; then nothing may be left running that nobody watches.
      let reason = errno
      Glibc.kill(identifier, SIGKILL)
      waitpid(identifier, nil, 0)
      throw .system("watch \(path)", reason)
    }
    self.process = Descriptor(process)
    self.input = input.writing
    self.output = output.reading
    self.errors = errors.reading
    for end in [input.writing, output.reading, errors.reading] { end.setNonBlocking() }
  }

  /// Ends the process at once.
  func kill() { _ = clinux_process_signal(process.number, SIGKILL) }

  /// Reaps the process if it has ended: its exit code, or its signal as a negative number; nil while it runs.
  func reap() -> Int32? {
    var status: Int32 = 0
    return clinux_process_reap(process.number, &status) == 0 ? nil : status
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("it holds at least its end") }
      return body(start)
    }
  }
}
