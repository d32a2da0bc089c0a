import Glibc

/// Jobs on their way to a thread that takes all that wait at once.
///
/// `@unchecked Sendable`: the fields below are touched only while the mutex is held. It is a POSIX mutex because the
/// Synchronization module has none that a thread can sleep on.
package final class WorkQueue<Job: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let notEmpty: UnsafeMutablePointer<pthread_cond_t>
  private var waiting: [Job] = []
  private let isUrgent: @Sendable (Job) -> Bool
  private var sleepers = 0
  /// Jobs that end a rest; nil while nobody rests.
  private var restLimit: Int?
  private var hasUrgent = false
  private var isClosed = false

  /// Makes an empty queue.
  ///
  /// - Parameter isUrgent: whether a job ends the rest of the thread that takes.
  package init(isUrgent: @escaping @Sendable (Job) -> Bool = { _ in true }) {
    self.isUrgent = isUrgent
    mutex = .allocate(capacity: 1)
    notEmpty = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(notEmpty, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(notEmpty)
    pthread_mutex_destroy(mutex)
    notEmpty.deallocate()
    mutex.deallocate()
  }

  /// Adds a job; false when the queue is closed, and then the job is not kept.
  package func put(_ job: Job) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isClosed else { return false }
    waiting.append(job)
    hasUrgent = hasUrgent || isUrgent(job)
    // Who rests is woken only by what ends the rest: a wake costs more than a job.
    if sleepers > 0, restLimit.map({ hasUrgent || waiting.count >= $0 }) ?? true {
      pthread_cond_signal(notEmpty)
    }
    return true
  }

  /// Takes the oldest jobs, and sleeps while there are none; nil when the queue is closed and empty.
  ///
  /// - Parameter restsUntil: asked once there are jobs of which none is urgent: a moment (monotonic nanoseconds) until which more of them
  ///   are gathered. One thread at most may rest.
  package func take(atMost limit: Int, restsUntil: () -> UInt64 = { 0 }) -> [Job]? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while waiting.isEmpty {
      if isClosed { return nil }
      sleepers += 1
      pthread_cond_wait(notEmpty, mutex)
      sleepers -= 1
    }
    if !hasUrgent { rest(until: restsUntil(), limit) }
    guard waiting.count > limit else {
      hasUrgent = false
      defer { waiting = [] }
      return waiting
    }
    // What is left may hold an urgent one.
    defer { waiting.removeFirst(limit) }
    return Array(waiting.prefix(limit))
  }

  /// Sleeps until a moment, or until there is an urgent job, or too many. The mutex is held.
  private func rest(until moment: UInt64, _ limit: Int) {
    guard moment > 0 else { return }
    var end = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
    restLimit = limit
    sleepers += 1
    while !hasUrgent, !isClosed, waiting.count < limit,
      pthread_cond_timedwait(notEmpty, mutex, &end) == 0
    {}
    sleepers -= 1
    restLimit = nil
  }

  /// Refuses further jobs; those that wait are still taken.
  package func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_broadcast(notEmpty)
    pthread_mutex_unlock(mutex)
  }
}
