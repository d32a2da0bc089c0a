/// When a loop may sweep over its connections again: at once while little happens, and in widening ticks while much does, so that each
/// `send` carries more frames and accepts, handshakes and reads get their turn between.
///
/// A send costs 4-5 µs whatever it carries. 1,000 frames a second to 1,000 connections are 5 s of work a second one by one, and 0.25 s in
/// ticks of 20 ms.
struct SweepPace {
  /// Frames that a sweep may carry without being late.
  private static let few = 4

  /// The longest time between the beginnings of two sweeps, in nanoseconds; a sweep that takes longer sets its own pace.
  private let longestTick: UInt64
  /// The moment before which no sweep begins.
  private(set) var notBefore: UInt64 = 0

  init(longestTick: UInt64) { self.longestTick = longestTick }

  /// Notes a sweep. Times are monotonic nanoseconds.
  ///
  /// - Parameter frames: how many new frames it carried.
  mutating func swept(from began: UInt64, to ended: UInt64, frames: Int) {
    notBefore = ended + pause(after: ended - began, frames: frames)
  }

  private func pause(after duration: UInt64, frames: Int) -> UInt64 {
    // A short sweep leaves half of the time free, which is enough; bursts of 50 runs to 100 viewers took twice as long with more.
    guard duration > longestTick / 8 else { return min(duration, longestTick) }
    // A long one that keeps up with the events goes on, so that each leaves as it comes; once they wait, half of the time stays free.
    guard frames > Self.few else { return min(frames > 1 ? duration : duration / 4, longestTick) }
    let rest = longestTick > duration ? longestTick - duration : 0
    return max(min(3 * duration, rest), duration / 4)
  }
}
