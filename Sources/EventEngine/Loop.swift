package import Basics
import CLinux
import Glibc

/// A loop as its own thread sees it: sockets, timers, tick. Not `Sendable`, so it never leaves the thread.
package final class Loop {
  /// The same loop for other threads.
  package let outside: EventLoop
  /// Nanoseconds of the monotonic clock when the current tick began.
  package private(set) var now: UInt64
  /// How long a connection that has said goodbye waits for the peer's; less once the process leaves.
  package var goodbyePatience = Duration.seconds(2)
  /// How many connections live here.
  package internal(set) var connectionCount = 0

  /// Where reads go first. One for all connections: they keep only what they cannot use yet.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 64)
  /// Where TLS records are decrypted to; a record holds at most 16 KiB.
  let plainScratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16384, alignment: 64)
  var table = DescriptorTable()
  var locals: [AnyObject?] = []
  var jobs: [LoopJob] = []
  var isStopping = false
  private var handshakesLeft = handshakesPerTick
  /// Connections with bytes left in the kernel after their share of a tick.
  private(set) var unread: [Connection] = []
  /// Connections that are over and whose delegates do not know yet.
  private var ended: [(connection: Connection, reason: ConnectionEnd)] = []
  private var timers = TimerQueue<(Loop) -> Void>()
  private var observers: [(Loop) -> Void] = []
  private var wall: Timestamp?
  private var wakeMoment = UInt64.max
  private var running: [LoopJob] = []
  private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 512)

  init(outside: EventLoop) {
    self.outside = outside
    now = clinux_monotonic_nanoseconds()
  }

  deinit {
    scratch.deallocate()
    plainScratch.deallocate()
    events.deallocate()
  }

  /// The wall clock, read at most once a tick.
  package var wallTime: Timestamp {
    if let wall { return wall }
    let read = Timestamp(milliseconds: clinux_wall_milliseconds())
    wall = read
    return read
  }

  /// Calls an action once, a while after the current tick began.
  @discardableResult
  package func schedule(after delay: Duration, _ action: @escaping (Loop) -> Void) -> TimerToken {
    timers.add(at: now &+ delay.wholeNanoseconds, action)
  }

  /// Forgets a scheduled action; harmless when it has run.
  package func cancel(_ token: TimerToken) { _ = timers.cancel(token) }

  /// Adds an observer for good: it is called at the end of each tick, before the loop waits. The place to flush.
  package func atTickEnd(_ observer: @escaping (Loop) -> Void) { observers.append(observer) }

  /// Lets the next tick begin no later than a moment of `now`'s clock; an observer asks anew each tick.
  package func wakeNoLaterThan(_ nanoseconds: UInt64) { wakeMoment = min(wakeMoment, nanoseconds) }

  /// The connection with an id, or nil when it is over or lives on another loop.
  package func connection(_ id: ConnectionID) -> Connection? {
    guard Int(id.loop) == outside.index,
      case .connection(let connection) = table.occupant(slot: Int(id.slot), generation: id.generation)
    else { return nil }
    return connection
  }

  /// All connections that live here, in no particular order; for rare sweeps such as a shutdown.
  package var connections: [Connection] {
    table.occupants.compactMap { if case .connection(let connection) = $0 { connection } else { nil } }
  }

  /// Whether a TLS handshake may go on in this tick. A step of one costs up to 1 ms (an RSA signature), so a storm of them takes its turns, a
  /// few a tick: those who are connected already are served between them.
  func takesHandshake() -> Bool {
    guard handshakesLeft > 0 else { return false }
    handshakesLeft -= 1
    return true
  }

  /// Steps of handshakes a tick.
  package static let handshakesPerTick = 4

  /// Reads a connection again in the next tick; once, however often it is asked.
  func readAgain(_ connection: Connection) {
    guard !connection.isListed else { return }
    connection.isListed = true
    unread.append(connection)
  }

  /// Tells a connection's delegate of its end once no callback is under way.
  func announceEnd(of connection: Connection, _ reason: ConnectionEnd) { ended.append((connection, reason)) }

  // MARK: - Ticks

  func run() {
    while !isStopping { tick() }
    for occupant in table.occupants {
      switch occupant {
      case .connection(let connection): connection.end(.loopStopped)
      case .source(let source): source.ready(0, on: self)
      case .nobody: break
      }
    }
    deliverEnds()
    runJobs()
    letGo()
  }

  /// Breaks the cycles through what is still scheduled: closures and connections hold the loop.
  private func letGo() {
    locals = []
    observers = []
    unread = []
    jobs = []
    timers = TimerQueue()
    table = DescriptorTable()
  }

  private func tick() {
    let count = clinux_epoll_wait(outside.epoll, events.baseAddress, Int32(events.count), waitTime())
    now = clinux_monotonic_nanoseconds()
    wall = nil
    wakeMoment = .max
    handshakesLeft = Self.handshakesPerTick
    readUnread()
    for index in 0..<max(0, Int(count)) {
      let event = events[index]
      switch table.occupant(key: event.data.u64) {
      case .connection(let connection): connection.ready(event.events)
      case .source(let source): source.ready(event.events, on: self)
      case .nobody: break
      }
    }
    while let action = timers.takeDue(at: now) { action(self) }
    deliverEnds()
    runJobs()
    for observer in observers { observer(self) }
    deliverEnds()
  }

  /// Nanoseconds that the loop may sleep; -1 for any time.
  private func waitTime() -> Int64 {
    guard jobs.isEmpty, unread.isEmpty, outside.fallAsleep() else { return 0 }
    let moment = min(timers.nextDeadline ?? .max, wakeMoment)
    guard moment != .max else { return -1 }
    // The tick may have been long, so its cached time will not do.
    let current = clinux_monotonic_nanoseconds()
    return moment > current ? Int64(clamping: moment - current) : 0
  }

  private func readUnread() {
    guard !unread.isEmpty else { return }
    let again = unread
    unread.removeAll(keepingCapacity: true)
    for connection in again {
      connection.isListed = false
      connection.read()
    }
  }

  private func deliverEnds() {
    while !ended.isEmpty {
      let batch = ended
      ended.removeAll(keepingCapacity: batch.count < 1024)
      for (connection, reason) in batch { connection.tellEnd(reason) }
    }
  }

  /// Runs what is ready, and what becomes ready by it, up to a bound that keeps sockets from starving.
  private func runJobs() {
    outside.takeMail(into: &running)
    runBatch()
    var budget = 4096
    while !jobs.isEmpty, budget > 0 {
      budget -= jobs.count
      swap(&jobs, &running)
      runBatch()
    }
    deliverEnds()
  }

  private func runBatch() {
    for job in running {
      switch job {
      case .call(let call): call(self)
      case .task(let task):
        task.runSynchronously(
          isolatedTo: outside.asUnownedSerialExecutor(), taskExecutor: outside.asUnownedTaskExecutor())
      }
    }
    running.removeAll(keepingCapacity: running.count < 4096)
  }
}

extension Duration {
  /// Nanoseconds, 0 for negative durations.
  var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return seconds < 0 ? 0 : UInt64(seconds) &* 1_000_000_000 &+ UInt64(max(0, attoseconds) / 1_000_000_000)
  }
}
