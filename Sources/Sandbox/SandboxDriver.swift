import Basics
import CLinux
import Glibc

/// The sandbox's thread: performs what the pool's and the workers' rules say, and decides nothing.
final class SandboxDriver {
  private let configuration: SandboxConfiguration
  private let inbox: SandboxInbox
  private let log: Log
  private let filters: WorkerFilters
  private var pool: PoolMachine
  /// Calls that have no worker yet.
  private var waiting: [UInt64: CallOrder] = [:]
  /// Workers whose processes are not reaped yet.
  private var workers: [Int: Worker] = [:]
  /// What was found on this host; a failed look is repeated at the next start.
  private var host: (bubblewrap: String, arguments: BubblewrapArguments)?
  private var isClosing = false
  /// Why the last start failed.
  private var startError = SandboxError.stopped

  /// How long a killed sandbox may take before bubblewrap itself is killed.
  private static let killGrace: UInt64 = 2_000_000_000

  init(configuration: SandboxConfiguration, inbox: SandboxInbox, log: Log) throws(SandboxError) {
    self.configuration = configuration
    self.inbox = inbox
    self.log = log
    filters = try WorkerFilters.current()
    pool = PoolMachine(configuration: configuration)
  }

  /// The thread's body: until the inbox closes, and all processes are reaped.
  func run() {
    clinux_name_thread("sandbox")
    while !isClosing || !workers.isEmpty {
      wait()
      let contents = inbox.take()
      for command in contents.commands { perform(command) }
      if contents.isClosing, !isClosing { endAll() }
      look()
      tell(.tick)
    }
  }

  private var now: UInt64 { clinux_monotonic_nanoseconds() }

  /// Sleeps until a descriptor has something, or the next deadline.
  private func wait() {
    var polled = [pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0)]
    for worker in workers.values {
      polled += worker.process.interests.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
    }
    let next = (workers.values.map(\.deadline) + [pool.deadline]).compactMap { $0 }.min()
    _ = poll(&polled, nfds_t(polled.count), Self.milliseconds(until: next, from: now))
  }

  /// How long to sleep: rounded up, so that nothing is looked at too early; at most a minute, which costs nothing.
  static func milliseconds(until deadline: UInt64?, from now: UInt64) -> Int32 {
    guard let deadline else { return 60_000 }
    return deadline <= now ? 0 : Int32(min((deadline - now) / 1_000_000 + 1, 60_000))
  }

  private func perform(_ command: SandboxInbox.Command) {
    switch command {
    case .call(let order):
      waiting[order.number] = order
      tell(.called(order.number))
    case .cancel(let number):
      waiting.removeValue(forKey: number)?.continuation.resume(returning: .failure(.cancelled))
      tell(.cancelled(number))
    }
  }

  /// Tells the pool what happened, and does what it says.
  private func tell(_ fact: PoolMachine.Fact) {
    for action in pool.take(fact, now: now) {
      switch action {
      case .start(let number): start(number)
      case .hand(let call, let number): hand(call, to: number)
      case .refuse(let call, let count):
        waiting.removeValue(forKey: call)?.continuation.resume(returning: .failure(.busy(waiting: count)))
      case .fail(let call):
        waiting.removeValue(forKey: call)?.continuation.resume(returning: .failure(startError))
      case .drop(let number): workers[number].map { tell($0, .dropped) }
      }
    }
  }

  private func start(_ number: Int) {
    guard !isClosing else { return }
    do throws(SandboxError) {
      if host == nil { host = try HostProbe.look(configuration) }
      guard let host else { return }
      let folder = try WorkerFolder.make(in: configuration.folder, worker: number)
      let process: WorkerProcess
      do throws(SandboxError) {
        process = try WorkerProcess(
          bubblewrap: host.bubblewrap, arguments: host.arguments.list(folder: folder.path),
          worker: configuration.worker, filters: filters)
      } catch {
        folder.remove()
        throw error
      }
      workers[number] = Worker(
        number: number, process: process, folder: folder, configuration: configuration, now: now)
    } catch {
      startFailed(number, error)
    }
  }

  private func startFailed(_ number: Int, _ error: SandboxError) {
    startError = error
    // What the host has may change before the next try: somebody installs what was missing.
    host = nil
    log.write(.warning, "no Python worker", ["reason": error.description])
    tell(.workerFailed(number))
  }

  private func hand(_ number: UInt64, to workerNumber: Int) {
    guard let order = waiting.removeValue(forKey: number), let worker = workers[workerNumber] else { return }
    worker.call = order
    do throws(SandboxError) {
      if let table = order.call.table { try worker.folder.lay(table) }
      tell(worker, .handed(order.call))
    } catch {
      answer(worker, .failure(error))
      tell(worker, .dropped)
    }
  }

  /// Looks at every worker: what it wrote, whether its time is up, whether it has ended.
  private func look() {
    for worker in workers.values {
      worker.process.flush()
      worker.process.listen()
      hear(worker)
      let status = worker.process.reap()
      if let status {
        // What it wrote before its end still counts.
        while hear(worker) {}
        worker.process.listen()
        workers[worker.number] = nil
        tell(worker, .ended(status: status, errors: worker.process.errors))
        worker.folder.remove()
        continue
      }
      if let deadline = worker.machine.deadline, now >= deadline { tell(worker, .deadline) }
      if let lastResort = worker.lastResort, now >= lastResort {
        worker.process.killOutside()
        worker.lastResort = now + Self.killGrace
      }
    }
  }

  /// Takes what the worker wrote; whether that was anything.
  @discardableResult private func hear(_ worker: Worker) -> Bool {
    let bytes = worker.process.receive()
    for line in worker.parser.receive(bytes) { tell(worker, .said(line)) }
    if worker.parser.isOverfull { tell(worker, .overflowed) }
    return !bytes.isEmpty
  }

  /// Tells a worker's rule what happened, and does what it says.
  private func tell(_ worker: Worker, _ fact: WorkerMachine.Fact) {
    let wasOver = worker.machine.isOver
    var startFailure: SandboxError?
    for action in worker.machine.take(fact, now: now) {
      switch action {
      case .ready:
        let milliseconds = (now - worker.started) / 1_000_000
        log.write(.debug, "Python worker ready", ["worker": "\(worker.number)", "ms": "\(milliseconds)"])
        tell(.workerReady(worker.number))
      case .send(let bytes): worker.process.send(bytes)
      case .failStart(let error): startFailure = error
      case .answer(let outcome): answer(worker, outcome)
      case .kill:
        worker.process.kill()
        worker.lastResort = now + Self.killGrace
      }
    }
    guard !wasOver, worker.machine.isOver else { return }
    if let startFailure {
      startFailed(worker.number, startFailure)
    } else {
      tell(.workerEnded(worker.number))
    }
  }

  private func answer(_ worker: Worker, _ outcome: Result<PythonOutcome, SandboxError>) {
    worker.call?.continuation.resume(returning: outcome)
    worker.call = nil
  }

  /// The hub stops: nobody gets an answer any more, and no process is left.
  private func endAll() {
    isClosing = true
    for order in waiting.values { order.continuation.resume(returning: .failure(.stopped)) }
    waiting = [:]
    for worker in workers.values {
      answer(worker, .failure(.stopped))
      tell(worker, .dropped)
    }
  }
}
