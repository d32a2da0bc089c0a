import Realtime
import Testing

struct HeartbeatTests {
  static let timing = Heartbeat.Timing(interval: 100, patience: 10)

  @Test func `a peer that answers is pinged again and again`() {
    var heart = Heartbeat(timing: Self.timing, now: 0, jitter: 0.5)
    let got1 = heart.tick(now: 99, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got1 == .nothing)
    let got2 = heart.tick(now: 100, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got2 == .ping)
    let got3 = heart.tick(now: 120, timing: Self.timing, lastHeard: 101, canAnswer: true)
    #expect(got3 == .nothing)
    let got4 = heart.tick(now: 200, timing: Self.timing, lastHeard: 101, canAnswer: true)
    #expect(got4 == .ping)
  }

  @Test func `bytes from before the ping are no answer to it`() {
    var heart = Heartbeat(timing: Self.timing, now: 0, jitter: 0.5)
    let actions = [100, 105, 110].map {
      heart.tick(now: $0, timing: Self.timing, lastHeard: 100, canAnswer: true)
    }
    #expect(actions == [.ping, .nothing, .giveUp])
  }

  @Test func `a peer that never stops sending is alive, whether it answers or not`() {
    var heart = Heartbeat(timing: Self.timing, now: 0, jitter: 0.5)
    for now in stride(from: UInt64(0), to: 2000, by: 5) {
      let action = heart.tick(now: now, timing: Self.timing, lastHeard: now - now % 9, canAnswer: true)
      #expect(action != .giveUp)
    }
  }

  @Test func `silence after a ping is death`() {
    var heart = Heartbeat(timing: Self.timing, now: 0, jitter: 0.5)
    let got5 = heart.tick(now: 100, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got5 == .ping)
    let got6 = heart.tick(now: 109, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got6 == .nothing)
    let got7 = heart.tick(now: 110, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got7 == .giveUp)
  }

  @Test func `jitter stays within its bounds and spreads, however many connections came before`() {
    var buckets = Array(repeating: 0, count: 10)
    for number in UInt64(1)...10_000 {
      let jitter = Heartbeat.jitter(ofConnection: number)
      #expect(jitter >= 0 && jitter < 1)
      buckets[Int(jitter * 10)] += 1
    }
    #expect(buckets.allSatisfy { (900...1100).contains($0) })
  }

  @Test func `silence proves nothing while our own bytes wait`() {
    var heart = Heartbeat(timing: Self.timing, now: 0, jitter: 0.5)
    let got8 = heart.tick(now: 100, timing: Self.timing, lastHeard: 0, canAnswer: false)
    #expect(got8 == .nothing)
    let got9 = heart.tick(now: 200, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got9 == .ping)
    let got10 = heart.tick(now: 250, timing: Self.timing, lastHeard: 0, canAnswer: false)
    #expect(got10 == .nothing)
  }

  @Test func `a peer that was stuck after its ping gets the whole patience again`() {
    var heart = Heartbeat(timing: Self.timing, now: 0, jitter: 0.5)
    var actions = [
      heart.tick(now: 100, timing: Self.timing, lastHeard: 0, canAnswer: true),
      heart.tick(now: 108, timing: Self.timing, lastHeard: 0, canAnswer: false),
    ]
    actions += [112, 117, 118].map { heart.tick(now: $0, timing: Self.timing, lastHeard: 0, canAnswer: true) }
    #expect(actions == [.ping, .nothing, .nothing, .nothing, .giveUp])
  }

  @Test(arguments: [(0.0, 80), (0.5, 100), (0.999, 119)] as [(Double, UInt64)])
  func `jitter spreads the first ping`(jitter: Double, first: UInt64) {
    var heart = Heartbeat(timing: Self.timing, now: 0, jitter: jitter)
    let got11 = heart.tick(now: first - 1, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got11 == .nothing)
    let got12 = heart.tick(now: first, timing: Self.timing, lastHeard: 0, canAnswer: true)
    #expect(got12 == .ping)
  }
}
