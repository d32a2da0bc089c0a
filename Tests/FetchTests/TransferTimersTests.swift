import Testing

@testable import Fetch

struct TransferTimersTests {
  private let second: UInt64 = 1_000_000_000
  private let timeouts = FetchTimeouts(firstByte: .seconds(5), idle: .seconds(3), total: .seconds(10))

  @Test func `silence before the first byte ends at the first-byte timeout`() {
    let timers = TransferTimers(timeouts, now: 100 * second)
    #expect(timers.expiry(now: 105 * second - 1) == nil)
    #expect(timers.nextLook(now: 103 * second) == 105 * second)
    #expect(timers.expiry(now: 105 * second) == .timeoutFirstByte)
  }

  @Test func `silence between bytes ends at the idle timeout`() {
    var timers = TransferTimers(timeouts, now: 0)
    timers.received(now: 4 * second)
    #expect(timers.expiry(now: 7 * second - 1) == nil)
    #expect(timers.expiry(now: 7 * second) == .timeoutIdle)
  }

  @Test func `bytes without end end at the total timeout`() {
    var timers = TransferTimers(timeouts, now: 0)
    for time in 1...9 { timers.received(now: UInt64(time) * second) }
    #expect(timers.expiry(now: 10 * second - 1) == nil)
    #expect(timers.nextLook(now: 9 * second) == 10 * second)
    #expect(timers.expiry(now: 10 * second) == .timeoutTotal)
  }

  @Test func `a slow reader is not the server's silence`() {
    var timers = TransferTimers(timeouts, now: 0)
    timers.received(now: second)
    timers.paused()
    #expect(timers.expiry(now: 9 * second) == nil)
    timers.resumed(now: 9 * second)
    #expect(timers.expiry(now: 9 * second) == nil)
    #expect(timers.expiry(now: 10 * second) == .timeoutTotal)
  }

  @Test func `a look is taken before an idle time can pass that has not begun`() {
    var timers = TransferTimers(timeouts, now: 0)
    #expect(timers.nextLook(now: second) == 4 * second)
    timers.received(now: second)
    timers.paused()
    #expect(timers.nextLook(now: 2 * second) == 5 * second)
  }

  @Test func `what lingers ends soon`() {
    var timers = TransferTimers(timeouts, now: 0)
    timers.received(now: second)
    timers.end(by: 2 * second)
    #expect(timers.nextLook(now: second) == 2 * second)
    #expect(timers.expiry(now: 2 * second) == .timeoutTotal)
  }
}
