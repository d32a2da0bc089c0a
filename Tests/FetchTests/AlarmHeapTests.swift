import TestKit
import Testing

@testable import Fetch

struct AlarmHeapTests {
  @Test(arguments: 1...20)
  func `alarms come out by their time, whatever order they went in`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let channel = TransferChannel(limit: 1)
    var heap = AlarmHeap()
    var expected: [UInt64] = []
    for wait in 0..<UInt64.random(in: 0...40, using: &random) {
      let deadline = UInt64.random(in: 0...30, using: &random)
      heap.insert(Alarm(deadline: deadline, channel: channel, wait: wait))
      if deadline <= 20 { expected.append(deadline) }
    }
    var popped: [UInt64] = []
    while let alarm = heap.popDue(now: 20) { popped.append(alarm.deadline) }
    #expect(popped == expected.sorted())
    #expect(heap.earliest.map { $0 > 20 } ?? true)
  }
}
