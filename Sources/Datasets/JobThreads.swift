import Database
import Synchronization

/// Whether the caller of a job still wants it, and its threads are still there for it.
final class Cancellation: Sendable {
  private let flag = Atomic(false)
  private let stop: StopFlag

  init(_ stop: StopFlag) { self.stop = stop }

  var isCancelled: Bool { flag.load(ordering: .relaxed) || stop.isSet }
  func cancel() { flag.store(true, ordering: .relaxed) }
}

/// Tells all jobs of some threads to end.
final class StopFlag: Sendable {
  private let flag = Atomic(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}

/// Threads of their own for work that takes seconds: the pool has as many threads as there are cores, and everybody needs them.
final class JobThreads: Sendable {
  private typealias Job = @Sendable () -> Void

  private let queue = WorkQueue<Job>()
  private let threads: [DatabaseThread]
  private let stop = StopFlag()

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
    let cancellation = Cancellation(stop)
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
    // Who was cancelled by the stop and not by its caller learns that trying again helps.
    if stop.isSet, case .failure(.cancelled) = result { throw .closed }
    return try result.get()
  }

  /// Cancels what works and what waits. Blocks; later calls do nothing.
  func close() {
    stop.set()
    queue.close()
    for thread in threads { thread.join() }
  }
}
