import Glibc
import Synchronization

/// Waits for asynchronous work from the synchronous main thread, before a loop runs on it.
enum Blocking {
  /// Runs the work on the pool and returns its result.
  static func wait<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    Task.detached {
      do { outcome.give(.success(try await work())) } catch { outcome.give(.failure(error)) }
    }
    return try outcome.take()
  }

  /// A result that one thread gives and another waits for.
  private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    // A semaphore is made to be shared by threads; it lives as long as its owner, which both of them hold.
    nonisolated(unsafe) private let given = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(given, 0, 0) }

    deinit {
      sem_destroy(given)
      given.deallocate()
    }

    func give(_ result: Result<Value, any Error>) {
      self.result.withLock { $0 = result }
      sem_post(given)
    }

    func take() throws -> Value {
      while true {
        sem_wait(given)  // a signal may interrupt it: look again
        if let result = result.withLock({ $0 }) { return try result.get() }
      }
    }
  }
}
