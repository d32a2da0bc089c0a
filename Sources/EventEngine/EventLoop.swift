package import Basics
import CLinux
import Glibc
import Synchronization

/// A loop as all threads see it: submit work, run tasks on it, stop it.
///
/// What only its own thread may touch is in `Loop`, which is not `Sendable`: whoever holds one is on that thread.
/// A task made with `executorPreference: loop` runs there too, between the reads of two ticks.
package final class EventLoop: SerialExecutor, TaskExecutor, Sendable {
  /// Which of the server's loops this is, from 0.
  package let index: Int
  /// Where the loop reports trouble.
  package let log: Log
  let epoll: Int32
  private let wake: Int32
  private let mailbox = Mailbox()
  private let connections = Atomic<Int>(0)
  private let thread = Mutex<RunningThread?>(nil)
  // Set and read on the loop's own thread only: `isCurrent` is checked before every use.
  nonisolated(unsafe) private var inside: Loop?

  /// Takes the descriptors a loop needs; nothing runs yet.
  package init(index: Int, log: Log) throws(EngineError) {
    self.index = index
    self.log = log
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw .current("Creating an epoll descriptor") }
    wake = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard wake >= 0 else {
      let error = EngineError.current("Creating an event descriptor")
      close(epoll)
      throw error
    }
    // Edge-triggered: every write is an edge, so the counter need never be read.
    var event = epoll_event(
      events: EPOLLIN.rawValue | EPOLLET.rawValue, data: epoll_data_t(u64: DescriptorTable.noKey))
    epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event)
  }

  deinit {
    close(wake)
    close(epoll)
  }

  /// How many connections live on this loop or are on their way to it; any thread may ask.
  package var connectionCount: Int { connections.load(ordering: .relaxed) }

  func countConnections(_ change: Int) { connections.wrappingAdd(change, ordering: .relaxed) }

  /// Whether the caller is on the loop's thread.
  package var isCurrent: Bool {
    clinux_current_loop() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  // MARK: - Work

  /// Runs a job on the loop's thread, soon. From the loop's own thread it runs after the current callback, in order.
  /// Jobs submitted after the loop has stopped never run.
  package func submit(_ job: @escaping @Sendable (Loop) -> Void) { put(.call(job)) }

  private func put(_ job: LoopJob) {
    if isCurrent, let inside {
      inside.jobs.append(job)
    } else if mailbox.put(job) {
      eventfd_write(wake, 1)
    }
  }

  func takeMail(into emptied: inout [LoopJob]) { mailbox.take(into: &emptied) }

  func fallAsleep() -> Bool { mailbox.fallAsleep() }

  // MARK: - Executor

  package func enqueue(_ job: consuming ExecutorJob) { put(.task(UnownedJob(job))) }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  package func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  package func checkIsolated() { precondition(isCurrent, "not on the thread of event loop \(index)") }

  // MARK: - Life

  /// Runs the loop on the calling thread until `stop()`.
  package func run() {
    let before = clinux_current_loop()
    clinux_set_current_loop(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
    let loop = Loop(outside: self)
    inside = loop
    loop.run()
    inside = nil
    mailbox.close()
    clinux_set_current_loop(before)
  }

  /// Runs the loop on a new thread of its own.
  package func start() throws(EngineError) {
    let started = try Threads.start(name: "loop-\(index)") { self.run() }
    thread.withLock { $0 = started }
  }

  /// Ends all connections of the loop and lets `run()` return. Jobs that are already submitted still run.
  package func stop() {
    submit { loop in loop.isStopping = true }
  }

  /// Waits for a loop that `start()` began. Must not be called on the loop's thread.
  package func join() {
    let taken = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    taken?.join()
  }
}
