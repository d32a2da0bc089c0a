import CLinux
import Glibc
import Synchronization

/// Starts threads of the system, for loops and other work that blocks.
package enum Threads {
  /// Runs a body on a new thread with a name (15 bytes are shown by `ps -L`).
  @discardableResult
  package static func start(
    name: String, _ body: @escaping @Sendable () -> Void
  ) throws(EngineError) -> RunningThread {
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
        clinux_name_thread(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    guard result == 0 else {
      start.release()
      throw .system(doing: "Starting thread \(name)", number: result)
    }
    return RunningThread(thread)
  }
}

/// A started thread, to wait for.
package final class RunningThread: Sendable {
  private let thread: Mutex<pthread_t?>

  fileprivate init(_ thread: pthread_t) { self.thread = Mutex(thread) }

  /// Waits until the thread's body has returned. Must not be called on that thread.
  package func join() {
    let taken = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    if let taken { pthread_join(taken, nil) }
  }

  deinit {
    if let left = thread.withLock({ $0 }) { pthread_detach(left) }
  }
}

/// What a new thread needs, carried through C.
private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
