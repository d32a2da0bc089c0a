import Realtime
import Testing

struct DrainMachineTests {
  private static let second: UInt64 = 1_000_000_000

  /// Lets a drain run; returns when how many left, and what each was told.
  private static func drain(
    _ connections: Int, within window: UInt64
  ) -> (batches: [(at: UInt64, count: Int)], hints: [(at: UInt64, milliseconds: Int)]) {
    var machine = DrainMachine(connections: connections, window: window)
    var (remaining, now) = (connections, UInt64(0))
    var batches: [(at: UInt64, count: Int)] = []
    var hints: [(at: UInt64, milliseconds: Int)] = []
    while remaining > 0, now < 3600 * second {
      let batch = machine.batch(at: now, of: remaining)
      for index in 0..<batch {
        let jitter = Double(index) / Double(batch)
        hints.append((now, machine.retryAfter(at: now, jitter: jitter)))
      }
      batches.append((now, batch))
      remaining -= batch
      now += DrainMachine.pause
    }
    return (batches, hints)
  }

  @Test(arguments: [0, 1, 50])
  func `a few leave at once`(connections: Int) {
    let (batches, hints) = Self.drain(connections, within: 5 * Self.second)
    #expect(batches.count == (connections == 0 ? 0 : 1))
    #expect(hints.count == connections)
    #expect(hints.allSatisfy { (500...1000).contains($0.milliseconds) })
  }

  @Test(
    arguments: [(51, 5), (250, 5), (1000, 5), (1000, 60), (20_000, 5), (20_000, 60), (100_000, 15)]
      as [(Int, UInt64)])
  func `all have left in time, no batch is much larger than the others, and they come back spread`(
    connections: Int, seconds: UInt64
  ) {
    let window = seconds * Self.second
    let (batches, hints) = Self.drain(connections, within: window)
    #expect(hints.count == connections)
    let last = batches.last?.at ?? 0
    #expect(last <= window)
    let perSecond = max(200, Double(connections) / 20, Double(connections) / Double(seconds))
    let bound = Int(perSecond * Double(DrainMachine.pause) / 1e9) + 2
    #expect(batches.dropFirst().allSatisfy { $0.count <= bound })
    // They come back when the last has left, over as long again: no tenth of that time gets more than a fifth.
    let moments = hints.map { Double($0.at) / 1e6 + Double($0.milliseconds) }
    let first = moments.min() ?? 0
    let length = (moments.max() ?? 0) - first
    #expect(first >= Double(last) / 1e6)
    #expect(length >= 400)
    var buckets = Array(repeating: 0, count: 10)
    for moment in moments { buckets[min(9, Int((moment - first) / length * 10))] += 1 }
    #expect(buckets.allSatisfy { $0 <= max(20, connections / 5) }, "\(buckets)")
  }

  @Test func `without time all leave at once`() {
    let (batches, hints) = Self.drain(5000, within: 0)
    #expect(batches.map(\.count) == [5000])
    #expect(hints.allSatisfy { (500...1000).contains($0.milliseconds) })
  }

  @Test func `who comes while the others leave is told, too`() {
    var machine = DrainMachine(connections: 10, window: Self.second)
    let first = machine.batch(at: 0, of: 10)
    let later = machine.batch(at: 500_000_000, of: 7)
    let last = machine.batch(at: Self.second, of: 10_000)
    #expect([first, later, last] == [10, 7, 10_000])
  }
}
