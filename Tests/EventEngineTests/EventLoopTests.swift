import Basics
import EventEngine
import Synchronization
import TestKit
import Testing

@Suite struct EventLoopTests {
  private static let key = LoopLocal<Counter>()

  private final class Counter {
    var value = 0
  }

  @Test func `Jobs from one thread run in order, on the loop's thread`() throws {
    let loops = try TestLoops()
    let seen = Recorder<Int>()
    let onThread = Recorder<Bool>()
    for number in 0..<1000 {
      loops.first.submit { loop in
        seen.record(number)
        onThread.record(loop.outside.isCurrent)
      }
    }
    #expect(seen.wait(count: 1000) == Array(0..<1000))
    #expect(!onThread.wait(count: 1000).contains(false))
    #expect(!loops.first.isCurrent)
  }

  @Test func `A loop that has stopped keeps no job, and jobs keep no loop`() throws {
    final class Burden: Sendable {}
    weak var loop: EventLoop?
    weak var burden: Burden?
    do {
      let strong = try EventLoop(index: 0, log: .silent)
      let carried = Burden()
      loop = strong
      burden = carried
      try strong.start()
      strong.stop()
      strong.join()
      strong.submit { _ in withExtendedLifetime((strong, carried)) {} }
    }
    #expect(burden == nil)
    #expect(loop == nil)
  }

  @Test func `Jobs from many threads all run`() throws {
    let loops = try TestLoops()
    let done = Recorder<Int>()
    let total = Atomic<Int>(0)
    let threads = try (0..<8).map { _ in
      try Threads.start(name: "submitter") {
        for _ in 0..<5000 {
          loops.first.submit { loop in
            let counter = loop[Self.key] ?? Counter()
            loop[Self.key] = counter
            counter.value += 1
            if counter.value == 40_000 { done.record(counter.value) }
          }
          total.wrappingAdd(1, ordering: .relaxed)
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(total.load(ordering: .relaxed) == 40_000)
    #expect(done.wait() == [40_000])
  }

  @Test func `A job submitted on the loop runs after the current one`() throws {
    let loops = try TestLoops()
    let seen = Recorder<String>()
    loops.first.submit { loop in
      loop.outside.submit { _ in seen.record("inner") }
      seen.record("outer")
    }
    #expect(seen.wait(count: 2) == ["outer", "inner"])
  }

  @Test func `Timers fire in order and no earlier than asked`() throws {
    let loops = try TestLoops()
    let seen = Recorder<(name: String, late: Bool)>()
    loops.first.submit { loop in
      let start = loop.now
      for (name, delay) in [("third", 30), ("first", 2), ("second", 15)] {
        loop.schedule(after: .milliseconds(delay)) { loop in
          seen.record((name, loop.now - start >= UInt64(delay) * 1_000_000))
        }
      }
      let never = loop.schedule(after: .milliseconds(5)) { _ in seen.record(("cancelled", false)) }
      loop.cancel(never)
    }
    let all = seen.wait(count: 3)
    #expect(all.map(\.name) == ["first", "second", "third"])
    let areLate = all.map(\.late)
    #expect(areLate == [true, true, true])
  }

  @Test func `Observers see the end of each tick and can ask for an early next one`() throws {
    let loops = try TestLoops()
    let ticks = Recorder<UInt64>()
    loops.first.submit { loop in
      loop.atTickEnd { loop in
        ticks.record(loop.now)
        if ticks.all.count < 5 { loop.wakeNoLaterThan(loop.now + 3_000_000) }
      }
    }
    let times = ticks.wait(count: 5)
    #expect(times.count == 5)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 >= $0 + 3_000_000 })
  }

  @Test func `The clocks stand still during a tick`() throws {
    let loops = try TestLoops()
    let same = loops.inside { loop in
      let before = (loop.now, loop.wallTime)
      for _ in 0..<1000 { _ = loop.now }
      return before == (loop.now, loop.wallTime) && loop.wallTime.milliseconds > 1_700_000_000_000
    }
    #expect(same == true)
  }

  @Test func `A task that prefers the loop runs on its thread, also after it waited`() async throws {
    let loops = try TestLoops()
    let loop = loops.first
    let places = await Task(executorPreference: loop) {
      var places = [loop.isCurrent]
      await Task.yield()
      places.append(loop.isCurrent)
      await withCheckedContinuation { continuation in
        loop.submit { loop in loop.schedule(after: .milliseconds(1)) { _ in continuation.resume() } }
      }
      places.append(loop.isCurrent)
      return places
    }.value
    #expect(places == [true, true, true])
  }

  @Test func `An actor on a loop may be entered from the loop's callbacks`() throws {
    let loops = try TestLoops()
    let shard = Shard(loop: loops.first)
    let count = loops.inside { _ in shard.assumeIsolated { $0.add() } }
    #expect(count == 1)
  }

  @Test func `A stopped loop has run what was submitted before`() throws {
    let loops = try TestLoops()
    let seen = Recorder<Int>()
    for number in 0..<100 { loops.first.submit { _ in seen.record(number) } }
    loops.stop()
    #expect(seen.all.count == 100)
  }

  private actor Shard {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var count = 0

    init(loop: EventLoop) { self.loop = loop }

    func add() -> Int {
      count += 1
      return count
    }
  }
}
