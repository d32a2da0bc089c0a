import Database
import Synchronization

/// Whether the caller of a job still wants it.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  var isCancelled: Bool { flag.load(ordering: .relaxed) }
  func cancel() { flag.store(true, ordering: .relaxed) }
}

/// Threads of their own for work that takes seconds: the pool has as many threads as there are cores, and everybody needs them.
final class JobThreads: Sendable {
  private typealias Job = @Sendable () -> Void

  private let queue = WorkQueue<Job>()
  private let threads: [DatabaseThread]

  init(name: String, count: Int) throws(DatabaseError) {
    let queue = self.queue
    var threads: [DatabaseThread] = []
    for index in 0..<count {
      threads.append(
        try DatabaseThread(name: "\(name)-\(index)") {
          while let jobs = queue.take(atMost: 1) { for job in jobs { job() } }
        })
    }
    self.threads = threads
  }

  /// Does work on one of the threads; when the caller's task is cancelled, the work is told.
  func run<Value: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws(DatasetError) -> Value
  ) async throws(DatasetError) -> Value {
    let cancellation = Cancellation()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (continuation: CheckedContinuation<Result<Value, DatasetError>, Never>) in
        let isTaken = queue.put {
          continuation.resume(
            returning: cancellation.isCancelled
              ? .failure(.cancelled) : Result { () throws(DatasetError) in try work(cancellation) })
        }
        if !isTaken { continuation.resume(returning: .failure(.closed)) }
      }
    } onCancel: {
      cancellation.cancel()
    }
    return try result.get()
  }

  /// Finishes what waits. Blocks; later calls do nothing.
  func close() {
    queue.close()
    for thread in threads { thread.join() }
  }
}
