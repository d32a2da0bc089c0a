import Testing

@testable import Realtime

struct SweepPaceTests {
  private static let ms: UInt64 = 1_000_000

  /// A sweep of some milliseconds that carried some frames, and how long the next one waits.
  @Test(arguments: [
    // Short sweeps: half of the time stays free.
    (0.04, 1, 0.04), (0.4, 50, 0.4), (2.5, 9, 2.5),
    // Long ones that keep up: a fifth; with a few events that wait, half.
    (4, 1, 1), (100, 1, 20), (4, 2, 4), (4, 4, 4), (30, 3, 20),
    // Many events: fewer sweeps, 20 ms apart at most.
    (4, 8, 12), (5, 20, 15), (8, 20, 12),
    // A sweep that fills its tick: a fifth of the time stays free.
    (19, 30, 4.75), (26, 30, 6.5), (100, 100, 25),
  ])
  func `sweeps widen while much happens`(duration: Double, frames: Int, pause: Double) {
    var pace = SweepPace(longestTick: 20 * Self.ms)
    let began = 1000 * Self.ms
    let ended = began + UInt64(duration * Double(Self.ms))
    pace.swept(from: began, to: ended, frames: frames)
    #expect(pace.notBefore - ended == UInt64(pause * Double(Self.ms)))
  }

  @Test func `without ticks there is no wait but for the others`() {
    var pace = SweepPace(longestTick: 0)
    pace.swept(from: 0, to: 4 * Self.ms, frames: 1)
    #expect(pace.notBefore == 4 * Self.ms)
    pace.swept(from: 0, to: 4 * Self.ms, frames: 3)
    #expect(pace.notBefore == 4 * Self.ms)
    pace.swept(from: 0, to: 4 * Self.ms, frames: 9)
    #expect(pace.notBefore == 5 * Self.ms)
  }
}
