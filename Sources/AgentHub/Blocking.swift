import Dispatch
import Synchronization

/// Waits for asynchronous work from the synchronous main thread, before a loop runs on it.
enum Blocking {
  /// Runs the work on the pool and returns its result.
  static func wait<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      do { outcome.set(.success(try await work())) } catch { outcome.set(.failure(error)) }
      done.signal()
    }
    done.wait()
    return try outcome.get()
  }

  private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    func set(_ result: Result<Value, any Error>) { self.result.withLock { $0 = result } }

    func get() throws -> Value {
      guard let result = result.withLock({ $0 }) else { preconditionFailure("waited for before it was done") }
      return try result.get()
    }
  }
}
