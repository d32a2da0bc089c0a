import Model
import Pipelines
import Testing

struct DeltaRollUpTests {
  static func limits(window: UInt64 = 20, gathered: Int = 4096, delta: Int = 8192) -> DeltaRollUp.Limits {
    var limits = DeltaRollUp.Limits()
    limits.window = window
    limits.gathered = gathered
    limits.delta = delta
    return limits
  }

  @Test func `the first chunk goes at once and those on its heels wait for the window's end`() {
    var rollUp = DeltaRollUp(limits: Self.limits())
    #expect(
      rollUp.add("Hel", to: .final, now: 100) == [MessageDelta(channel: .final, position: 0, text: "Hel")])
    let second = rollUp.add("lo", to: .final, now: 105)
    #expect(second == [])
    #expect(rollUp.deadline == 120)
    let third = rollUp.add(" you", to: .final, now: 110)
    #expect(third == [])
    #expect(rollUp.deadline == 120)
    let early = rollUp.deadlinePassed(now: 119)
    #expect(early == [])
    let due = rollUp.deadlinePassed(now: 121)
    #expect(due == [MessageDelta(channel: .final, position: 3, text: "lo you")])
    #expect(rollUp.deadline == nil)
    let rest = rollUp.flush()
    #expect(rest == [])
    let next = rollUp.add("!", to: .final, now: 140)
    #expect(next == [], "a window passes between two deltas, whatever made the first one due")
    #expect(rollUp.deadline == 141)
  }

  @Test func `chunks that come a window apart or more wait for nothing`() {
    var rollUp = DeltaRollUp(limits: Self.limits())
    for now in stride(from: UInt64(100), to: 1000, by: 20) {
      let due = rollUp.add("x", to: .final, now: now)
      #expect(due.map(\.text) == ["x"])
      #expect(rollUp.deadline == nil)
    }
  }

  @Test func `a fast model's chunks become one delta a window`() {
    var rollUp = DeltaRollUp(limits: Self.limits())
    var sent: [UInt64] = []
    for now in UInt64(0)..<200 {
      if !rollUp.deadlinePassed(now: now).isEmpty { sent.append(now) }
      if !rollUp.add("x", to: .final, now: now).isEmpty { sent.append(now) }
    }
    #expect(sent == Array(stride(from: 0, to: 200, by: 20)))
  }

  @Test(arguments: [
    (1, 20_000_000), (67, 20_000_000), (101, 30_000_000), (501, 150_000_000), (10_000, 200_000_000),
  ])
  func `many answers at once widen the window, within bounds`(answers: Int, window: UInt64) {
    var rollUp = DeltaRollUp()
    rollUp.answers = answers
    let first = rollUp.add("a", to: .final, now: 1)
    #expect(first.count == 1, "after a pause nothing waits")
    _ = rollUp.add("b", to: .final, now: 2)
    #expect(rollUp.deadline == 1 + window)
  }

  @Test func `a window of zero, or a wide one, stays as it was set`() {
    for window in [UInt64(0), 1_000_000_000] {
      var rollUp = DeltaRollUp(limits: Self.limits(window: window))
      rollUp.answers = 10_000
      _ = rollUp.add("a", to: .final, now: 1)
      let second = rollUp.add("b", to: .final, now: 2)
      #expect(second.isEmpty == (window > 0))
      #expect(rollUp.deadline == (window > 0 ? 1 + window : nil))
    }
  }

  @Test func `a window of zero sends every chunk by itself`() {
    var rollUp = DeltaRollUp(limits: Self.limits(window: 0))
    for (index, piece) in ["a", "b", "c"].enumerated() {
      let got6 = rollUp.add(piece, to: .final, now: 0)
      #expect(got6.map(\.position) == [index])
    }
  }

  @Test func `enough text goes before the window ends`() {
    var rollUp = DeltaRollUp(limits: Self.limits(gathered: 4))
    _ = rollUp.add("x", to: .final, now: 0)
    let got7 = rollUp.add("abc", to: .final, now: 1)
    #expect(got7 == [])
    let got8 = rollUp.add("d", to: .final, now: 2)
    #expect(got8.map(\.text) == ["abcd"])
  }

  @Test func `a change of channel sends what the other one gathered`() {
    var rollUp = DeltaRollUp(limits: Self.limits())
    _ = rollUp.add("think", to: .thought, now: 0)
    let got9 = rollUp.add("ing", to: .thought, now: 1)
    #expect(got9 == [])
    #expect(
      rollUp.add("yes", to: .final, now: 2) == [MessageDelta(channel: .thought, position: 5, text: "ing")])
    let got10 = rollUp.flush()
    #expect(got10 == [MessageDelta(channel: .final, position: 0, text: "yes")])
  }

  @Test func `positions count UTF-16 units, as browsers do`() {
    var rollUp = DeltaRollUp(limits: Self.limits(window: 0))
    let got11 = rollUp.add("🦙é", to: .final, now: 0)
    #expect(got11.map(\.position) == [0])
    let got12 = rollUp.add("!", to: .final, now: 0)
    #expect(got12.map(\.position) == [3])
  }

  @Test func `long text is cut between characters`() {
    var rollUp = DeltaRollUp(limits: Self.limits(delta: 5))
    let text = "aé🦙🦙b" + String(repeating: "ü", count: 20)
    let deltas = rollUp.add(text, to: .final, now: 0)
    #expect(deltas.count > 3)
    #expect(deltas.map(\.text).joined() == text)
    var position = 0
    for delta in deltas {
      #expect(delta.position == position)
      position += delta.text.utf16.count
    }
  }
}
