/// The rule of the pool: who gets which worker, when one is started ahead, and when those that wait are ended.
///
/// A worker does one call and ends, so nothing of a call is left for the next. Times are nanoseconds of one clock.
package struct PoolMachine: Sendable {
  /// What happened.
  package enum Fact: Equatable, Sendable {
    case called(UInt64)
    /// Nobody waits for that call any longer.
    case cancelled(UInt64)
    case workerReady(Int)
    /// A worker ended before it was ready.
    case workerFailed(Int)
    /// A worker's call was answered, or it ended by itself while it waited.
    case workerEnded(Int)
    /// Time passed.
    case tick
  }

  /// What to do.
  package enum Action: Equatable, Sendable {
    case start(worker: Int)
    case hand(call: UInt64, worker: Int)
    /// Too many wait; so many.
    case refuse(call: UInt64, waiting: Int)
    /// The start failed, so the call fails with the same words.
    case fail(call: UInt64)
    /// End a worker that waits, or that does a call nobody waits for.
    case drop(worker: Int)
  }

  private let configuration: SandboxConfiguration
  private var waiting: [UInt64] = []
  private var starting: Set<Int> = []
  private var idle: [Int] = []
  private var running: [Int: UInt64] = [:]
  private var nextWorker = 0
  private var lastCall: UInt64?

  package init(configuration: SandboxConfiguration) { self.configuration = configuration }

  /// When `tick` should come next; nil while no worker waits.
  package var deadline: UInt64? {
    guard let lastCall, !idle.isEmpty || !starting.isEmpty else { return nil }
    return lastCall + configuration.idleTime.nanoseconds
  }

  /// Tells the rule what happened; gives what to do, in order.
  package mutating func take(_ fact: Fact, now: UInt64) -> [Action] {
    switch fact {
    case .called(let call): return called(call, now: now)
    case .cancelled(let call):
      waiting.removeAll { $0 == call }
      return running.filter { $0.value == call }.map { .drop(worker: $0.key) }
    case .workerReady(let worker):
      starting.remove(worker)
      // Nobody has called for long, or an earlier start failed: it is not wanted any more.
      if lastCall == nil, waiting.isEmpty { return [.drop(worker: worker)] }
      idle.append(worker)
    case .workerFailed(let worker):
      // What broke this start would break the next; the next call tries again.
      starting.remove(worker)
      lastCall = nil
      defer { waiting = [] }
      return waiting.map { .fail(call: $0) }
    case .workerEnded(let worker):
      running[worker] = nil
      if let index = idle.firstIndex(of: worker) {
        idle.remove(at: index)
        // One that dies while it waits would do so again and again: the next call tries.
        lastCall = nil
      }
    case .tick:
      if let deadline, now >= deadline { return rest() }
    }
    return assign()
  }

  private mutating func called(_ call: UInt64, now: UInt64) -> [Action] {
    lastCall = now
    guard waiting.count < configuration.waitingCalls else {
      return [.refuse(call: call, waiting: waiting.count)]
    }
    waiting.append(call)
    return assign()
  }

  private mutating func assign() -> [Action] {
    var actions: [Action] = []
    while running.count < configuration.simultaneousCalls, let call = waiting.first, let worker = idle.first {
      waiting.removeFirst()
      idle.removeFirst()
      running[worker] = call
      actions.append(.hand(call: call, worker: worker))
    }
    let soon = min(waiting.count, configuration.simultaneousCalls - running.count)
    // Those that wait come first: a spare one that starts beside theirs would only slow it down.
    let spare = lastCall == nil || soon > 0 ? 0 : configuration.readyWorkers
    let wanted = soon + spare
    for _ in 0..<max(0, wanted - idle.count - starting.count) {
      nextWorker += 1
      starting.insert(nextWorker)
      actions.append(.start(worker: nextWorker))
    }
    // More than wanted are ready after a cancelled call, whose worker was on its way.
    while idle.count > max(wanted, configuration.readyWorkers) {
      actions.append(.drop(worker: idle.removeLast()))
    }
    return actions
  }

  /// Nobody has called for long: the memory of those that wait goes back. One that is still starting goes once it is ready.
  private mutating func rest() -> [Action] {
    lastCall = nil
    defer { idle = [] }
    return idle.map { .drop(worker: $0) }
  }
}
