import Testing

@testable import Providers

struct CircuitBreakerMachineTests {
  private static let second: UInt64 = 1_000_000_000

  /// Lets it fail at these seconds.
  private static func breaker(failingAt seconds: UInt64...) -> CircuitBreakerMachine {
    var breaker = CircuitBreakerMachine()
    for at in seconds { breaker.failed(wasProbe: false, at: at * second) }
    return breaker
  }

  @Test func `five failures within half a minute open it`() {
    var breaker = Self.breaker(failingAt: 0, 1, 2, 3)
    #expect(breaker.admit(at: 3 * Self.second) == .closed)
    breaker.failed(wasProbe: false, at: 4 * Self.second)
    #expect(breaker.admit(at: 5 * Self.second) == .open(until: 19 * Self.second))
  }

  @Test func `failures that lie apart do not`() {
    var breaker = Self.breaker(failingAt: 0, 10, 20, 31, 41, 51, 62)
    #expect(breaker.admit(at: 62 * Self.second) == .closed)
    #expect(!breaker.isIdle(at: 62 * Self.second))
    #expect(breaker.isIdle(at: 93 * Self.second))
  }

  @Test func `an answer clears what was counted`() {
    var breaker = Self.breaker(failingAt: 0, 1, 2, 3)
    breaker.answered()
    breaker.failed(wasProbe: false, at: 4 * Self.second)
    #expect(breaker.admit(at: 5 * Self.second) == .closed)
  }

  @Test func `one call tries an open one, and its answer closes it`() {
    var breaker = Self.breaker(failingAt: 0, 0, 0, 0, 0)
    #expect(breaker.admit(at: 15 * Self.second) == .probe)
    #expect(breaker.admit(at: 15 * Self.second) == .open(until: nil))
    breaker.answered()
    #expect(breaker.admit(at: 16 * Self.second) == .closed)
  }

  @Test func `each probe that fails opens it for twice as long, up to two minutes`() {
    var breaker = Self.breaker(failingAt: 0, 0, 0, 0, 0)
    var now = 15 * Self.second
    for rest: UInt64 in [30, 60, 120, 120] {
      #expect(breaker.admit(at: now) == .probe)
      breaker.failed(wasProbe: true, at: now)
      #expect(breaker.until == now + rest * Self.second)
      now += rest * Self.second
    }
  }

  @Test func `a probe that shows nothing lets the next call try`() {
    var breaker = Self.breaker(failingAt: 0, 0, 0, 0, 0)
    #expect(breaker.admit(at: 20 * Self.second) == .probe)
    breaker.ended(wasProbe: true, at: 21 * Self.second)
    #expect(breaker.admit(at: 21 * Self.second) == .probe)
  }

  @Test func `failures of calls that began before do not keep it open for longer`() {
    var breaker = Self.breaker(failingAt: 0, 0, 0, 0, 0)
    breaker.failed(wasProbe: false, at: 10 * Self.second)
    #expect(breaker.until == 15 * Self.second)
    #expect(breaker.admit(at: 15 * Self.second) == .probe)
    breaker.failed(wasProbe: false, at: 15 * Self.second)
    #expect(breaker.isOpen && breaker.until == nil)
  }

  @Test func `a reset closes it`() {
    var breaker = Self.breaker(failingAt: 0, 0, 0, 0, 0)
    breaker.reset()
    #expect(breaker.admit(at: 0) == .closed)
  }
}
