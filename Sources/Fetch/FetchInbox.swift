import CLinux
import Glibc
import Synchronization

/// The way from any thread to the fetch thread: commands and alarms, and one eventfd that is written only when it sleeps too long.
final class FetchInbox: Sendable {
  enum Command: Sendable {
    case start(FetchOrder)
    case resume(UInt64)
    case cancel(UInt64)
    case linger(UInt64)
  }

  private struct State {
    var commands: [Command] = []
    var alarms = AlarmHeap()
    /// Until when the thread sleeps; 0 while it is awake and will look again by itself.
    var sleepsUntil: UInt64 = 0
    var isClosing = false
    var isClosed = false
  }

  /// What the thread finds when it looks.
  struct Contents {
    var commands: [Command]
    var due: [Alarm]
    var isClosing: Bool
  }

  /// Readable when the thread should look into the inbox.
  let descriptor: Int32
  private let state = Mutex(State())

  init() throws(FetchError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else {
      throw FetchError(.curlFailed, "The fetch thread could not be set up (errno \(errno)).")
    }
  }

  deinit { Glibc.close(descriptor) }

  /// Hands a command over.
  ///
  /// - Returns: false when the thread has ended, so that nothing will come of it.
  @discardableResult func put(_ command: Command) -> Bool {
    change { state in
      guard !state.isClosed else { return false }
      state.commands.append(command)
      return true
    }
  }

  func put(_ alarm: Alarm) { change { $0.alarms.insert(alarm) } }

  /// Asks the thread to cancel everything and end.
  func close() { change { $0.isClosing = true } }

  /// The thread's last look: what it takes now it must still answer; later commands are refused.
  func shut() -> Contents {
    state.withLock { state in
      state.isClosed = true
      let contents = Contents(commands: state.commands, due: [], isClosing: true)
      state.commands = []
      return contents
    }
  }

  /// Empties the inbox.
  func take(now: UInt64) -> Contents {
    state.withLock { state in
      var contents = Contents(commands: state.commands, due: [], isClosing: state.isClosing)
      state.commands.removeAll(keepingCapacity: true)
      state.sleepsUntil = 0
      while let alarm = state.alarms.popDue(now: now) { contents.due.append(alarm) }
      return contents
    }
  }

  /// Announces a sleep; returns when it must end, 0 when there is something to do at once.
  func sleep(until time: UInt64) -> UInt64 {
    state.withLock { state in
      guard state.commands.isEmpty, !state.isClosing else { return 0 }
      state.sleepsUntil = min(time, state.alarms.earliest ?? .max)
      return state.sleepsUntil
    }
  }

  private func change<Answer>(_ body: (inout State) -> Answer) -> Answer {
    let (answer, mustWake) = state.withLock { state -> (Answer, Bool) in
      let answer = body(&state)
      let isUrgent =
        !state.commands.isEmpty || state.isClosing || (state.alarms.earliest ?? .max) < state.sleepsUntil
      let mustWake = isUrgent && state.sleepsUntil > 0
      if mustWake { state.sleepsUntil = 0 }
      return (answer, mustWake)
    }
    if mustWake { wake() }
    return answer
  }

  private func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Makes the descriptor unreadable again; called when it was reported readable.
  func drain() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}
