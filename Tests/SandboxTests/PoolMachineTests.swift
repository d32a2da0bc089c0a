import Sandbox
import TestKit
import Testing

struct PoolMachineTests {
  private static func pool(
    ready: Int = 1, simultaneous: Int = 2, waiting: Int = 3, idle: Duration = .seconds(10)
  ) -> PoolMachine {
    PoolMachine(
      configuration: SandboxConfiguration(
        worker: [], folder: "", readyWorkers: ready, simultaneousCalls: simultaneous, waitingCalls: waiting,
        idleTime: idle))
  }

  @Test func `nothing is started before the first call`() {
    var pool = Self.pool()
    #expect(pool.take(.tick, now: 1_000_000_000_000) == [])
    #expect(pool.deadline == nil)
  }

  @Test func `a call starts its worker, and then one that waits ready`() {
    var pool = Self.pool()
    #expect(pool.take(.called(7), now: 0) == [.start(worker: 1)])
    #expect(pool.take(.workerReady(1), now: 1) == [.hand(call: 7, worker: 1), .start(worker: 2)])
    #expect(pool.take(.workerReady(2), now: 1) == [])
    #expect(pool.take(.called(8), now: 2) == [.hand(call: 8, worker: 2), .start(worker: 3)])
  }

  @Test func `a worker does one call only`() {
    var pool = Self.pool(ready: 0)
    #expect(pool.take(.called(1), now: 0) == [.start(worker: 1)])
    #expect(pool.take(.workerReady(1), now: 0) == [.hand(call: 1, worker: 1)])
    #expect(pool.take(.workerEnded(1), now: 0) == [])
    #expect(pool.take(.called(2), now: 0) == [.start(worker: 2)])
  }

  @Test func `calls run in their order, no more at once than may`() {
    var pool = Self.pool(ready: 0, simultaneous: 1)
    #expect(pool.take(.called(1), now: 0) == [.start(worker: 1)])
    #expect(pool.take(.called(2), now: 0) == [])
    #expect(pool.take(.called(3), now: 0) == [])
    #expect(pool.take(.workerReady(1), now: 0) == [.hand(call: 1, worker: 1)])
    #expect(pool.take(.workerEnded(1), now: 0) == [.start(worker: 2)])
    #expect(pool.take(.workerReady(2), now: 0) == [.hand(call: 2, worker: 2)])
  }

  @Test func `one call more than may wait is refused`() {
    var pool = Self.pool(ready: 0)
    for call in 1...3 { _ = pool.take(.called(UInt64(call)), now: 0) }
    #expect(pool.take(.called(4), now: 0) == [.refuse(call: 4, waiting: 3)])
  }

  @Test func `a failed start fails those that wait, and the next call tries again`() {
    var pool = Self.pool()
    #expect(pool.take(.called(1), now: 0) == [.start(worker: 1)])
    #expect(pool.take(.called(2), now: 0) == [.start(worker: 2)])
    #expect(pool.take(.workerFailed(1), now: 0) == [.fail(call: 1), .fail(call: 2)])
    #expect(pool.take(.workerReady(2), now: 0) == [.drop(worker: 2)])
    #expect(pool.take(.tick, now: 1) == [])
    #expect(pool.take(.called(3), now: 2) == [.start(worker: 3)])
  }

  @Test func `a worker that dies while it waits is not replaced before the next call`() {
    var pool = Self.pool()
    _ = pool.take(.called(1), now: 0)
    _ = pool.take(.workerReady(1), now: 0)
    _ = pool.take(.workerReady(2), now: 0)
    _ = pool.take(.workerEnded(1), now: 0)
    #expect(pool.take(.workerEnded(2), now: 0) == [])
  }

  @Test func `a cancelled call leaves the queue, or its worker ends`() {
    var pool = Self.pool(ready: 0, simultaneous: 1)
    _ = pool.take(.called(1), now: 0)
    _ = pool.take(.called(2), now: 0)
    _ = pool.take(.workerReady(1), now: 0)
    #expect(pool.take(.cancelled(1), now: 0) == [.drop(worker: 1)])
    #expect(pool.take(.cancelled(2), now: 0) == [])
    #expect(pool.take(.workerEnded(1), now: 0) == [])
  }

  @Test func `a worker that was on its way to a cancelled call is not kept`() {
    var pool = Self.pool(ready: 0)
    #expect(pool.take(.called(1), now: 0) == [.start(worker: 1)])
    #expect(pool.take(.cancelled(1), now: 0) == [])
    #expect(pool.take(.workerReady(1), now: 0) == [.drop(worker: 1)])
  }

  @Test func `workers that wait too long are ended`() {
    var pool = Self.pool(ready: 2, idle: .seconds(10))
    _ = pool.take(.called(1), now: 0)
    for worker in 1...3 { _ = pool.take(.workerReady(worker), now: 0) }
    #expect(pool.take(.workerEnded(1), now: 0) == [])
    #expect(pool.deadline == 10_000_000_000)
    #expect(pool.take(.tick, now: 9_999_999_999) == [])
    #expect(pool.take(.tick, now: 10_000_000_000) == [.drop(worker: 2), .drop(worker: 3)])
    #expect(pool.deadline == nil)
  }

  @Test(arguments: 1...20)
  func `on a random walk every call is answered once and no worker serves twice`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var pool = Self.pool(ready: 2, simultaneous: 3, waiting: 5, idle: .nanoseconds(50))
    var model = PoolModel()
    for now: UInt64 in 0..<400 {
      let fact = model.fact(using: &random)
      for action in pool.take(fact, now: now) { model.take(action, seed: seed) }
      #expect(model.running.count <= 3, "seed \(seed)")
      #expect(model.waiting.count <= 5, "seed \(seed)")
      #expect(model.starting.count + model.idle.count <= 8, "seed \(seed)")
    }
  }
}

/// What a pool's orders lead to.
private struct PoolModel {
  private(set) var waiting: Set<UInt64> = []
  private(set) var starting: Set<Int> = []
  private(set) var idle: Set<Int> = []
  private(set) var running: [Int: UInt64] = [:]
  /// Told to end, and not gone yet.
  private var ending: Set<Int> = []
  private var nextCall: UInt64 = 0
  private var used: Set<Int> = []

  mutating func fact(using random: inout SeededGenerator) -> PoolMachine.Fact {
    switch Int.random(in: 0..<10, using: &random) {
    case 0...2: break
    case 3...5: if let worker = starting.min() { return ready(worker) }
    case 6:
      if let worker = starting.max() {
        starting.remove(worker)
        return .workerFailed(worker)
      }
    case 7: if let worker = ending.popFirst() ?? running.popFirst()?.key { return .workerEnded(worker) }
    case 8:
      if let call = running.values.min() ?? waiting.min() {
        waiting.remove(call)
        return .cancelled(call)
      }
    default: return .tick
    }
    nextCall += 1
    waiting.insert(nextCall)
    return .called(nextCall)
  }

  private mutating func ready(_ worker: Int) -> PoolMachine.Fact {
    starting.remove(worker)
    idle.insert(worker)
    return .workerReady(worker)
  }

  mutating func take(_ action: PoolMachine.Action, seed: Int) {
    switch action {
    case .start(let worker):
      #expect(used.insert(worker).inserted, "seed \(seed): worker \(worker) started twice")
      starting.insert(worker)
    case .hand(let call, let worker):
      #expect(waiting.remove(call) != nil, "seed \(seed): call \(call) was not waiting")
      #expect(idle.remove(worker) != nil, "seed \(seed): worker \(worker) was not ready")
      running[worker] = call
    case .refuse(let call, _), .fail(let call):
      #expect(waiting.remove(call) != nil, "seed \(seed): call \(call) was not waiting")
    case .drop(let worker):
      #expect(idle.remove(worker) != nil || running.removeValue(forKey: worker) != nil, "seed \(seed)")
      ending.insert(worker)
    }
  }
}
