import CLinux
import Glibc
import Synchronization

/// A call on its way to the sandbox's thread.
struct CallOrder: Sendable {
  let number: UInt64
  let call: PythonCall
  let continuation: CheckedContinuation<Result<PythonOutcome, SandboxError>, Never>
}

/// The way from any thread to the sandbox's: what is asked of it, and an eventfd that wakes it.
final class SandboxInbox: Sendable {
  enum Command: Sendable {
    case call(CallOrder)
    case cancel(UInt64)
  }

  private struct State {
    var commands: [Command] = []
    var isClosing = false
  }

  /// Readable when there is something to take.
  let descriptor: Int32
  private let state = Mutex(State())

  init() throws(SandboxError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw .system("make an event descriptor", errno) }
  }

  deinit { Glibc.close(descriptor) }

  /// Hands a command over; false once the sandbox is closing.
  @discardableResult func put(_ command: Command) -> Bool {
    let isTaken = state.withLock { state in
      guard !state.isClosing else { return false }
      state.commands.append(command)
      return true
    }
    if isTaken { wake() }
    return isTaken
  }

  /// Whether nothing more is taken.
  var isClosing: Bool { state.withLock { $0.isClosing } }

  /// Asks the thread to end everything; what was put before is still answered.
  func close() {
    state.withLock { $0.isClosing = true }
    wake()
  }

  /// Empties the inbox.
  func take() -> (commands: [Command], isClosing: Bool) {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
    return state.withLock { state in
      defer { state.commands = [] }
      return (state.commands, state.isClosing)
    }
  }

  private func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }
}
