/// How a loop says goodbye to many connections: in batches, so that they do not all come back at once. Times are nanoseconds since the
/// drain began.
package struct DrainMachine: Sendable {
  /// Between two batches.
  package static let pause: UInt64 = 50_000_000
  /// Connections that leave at once: a few clients must not make a stop slow.
  static let firstBatch = 50
  /// Connections a second at least; a twentieth of them when that is more.
  static let slowest = 200.0
  /// What a client waits at least, so that the next process has begun.
  static let shortestRetry = 500.0

  private let window: UInt64
  private let perSecond: Double
  /// How long the batches take together.
  private let length: UInt64
  private var count = 0

  /// - Parameters:
  ///   - connections: how many there are at the beginning.
  ///   - window: until when all must have been told.
  package init(connections: Int, window: UInt64) {
    let later = Double(max(0, connections - Self.firstBatch))
    let seconds = Double(window) / 1e9
    perSecond = max(Self.slowest, Double(connections) / 20, seconds > 0 ? later / seconds : 0)
    self.window = window
    length = min(window, UInt64(later / perSecond * 1e9))
  }

  /// How many connections leave now, of those that are still there.
  package mutating func batch(at elapsed: UInt64, of remaining: Int) -> Int {
    guard elapsed < window else { return remaining }
    let allowed = Self.firstBatch + Int(perSecond * Double(elapsed) / 1e9)
    let batch = min(remaining, max(0, allowed - count))
    count += batch
    return batch
  }

  /// Milliseconds after which a client that leaves now should come back: once the last has left, and then spread over as long again.
  ///
  /// - Parameter jitter: the client's own, 0..<1.
  package func retryAfter(at elapsed: UInt64, jitter: Double) -> Int {
    let left = length > elapsed ? Double(length - elapsed) / 1e6 : 0
    return Int(left + Self.shortestRetry + jitter * max(Self.shortestRetry, Double(length) / 1e6))
  }
}
