import Glibc
import Synchronization

/// A thread that owns a connection: SQLite blocks, so its calls stay off the pool and off the event loops.
package final class DatabaseThread: Sendable {
  private let running: Mutex<pthread_t?>

  /// What the thread does; a class, so that it can travel through the C call.
  private final class Body {
    private let name: String
    private let run: () -> Void

    init(name: String, run: @escaping () -> Void) {
      self.name = name
      self.run = run
    }

    func callAsFunction() {
      // The call for this (pthread_setname_np) is a GNU extension that Swift does not see.
      let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
      if file >= 0 {
        _ = write(file, name, min(name.utf8.count, 15))
        close(file)
      }
      run()
    }
  }

  /// Starts a thread that runs `body` once.
  ///
  /// - Parameter name: shown by tools; Linux keeps 15 bytes.
  /// - Throws: `database_failed` when the system gives no thread.
  package init(name: String, body: sending @escaping () -> Void) throws(DatabaseError) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(name: name, run: body))
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue()() }
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw DatabaseError(
        .failed, doing: "start the thread \(name)", detail: String(cString: strerror(code)))
    }
    running = Mutex(thread)
  }

  /// Waits until the body has returned; later calls return at once.
  package func join() {
    guard let thread = running.withLock({ $0.take() }) else { return }
    pthread_join(thread, nil)
  }
}
