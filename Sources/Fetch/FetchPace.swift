/// How long ready sockets are left alone while very much comes, so that one look reads many of them.
///
/// A look costs two changes of threads, a commit and a sweep, whatever it brings: 500 streams of 20 chunks a second took a whole core one by
/// one, and half of it read together. Below some thousand pieces a second nothing waits.
struct FetchPace {
  /// Pieces a second from which on looks are spaced.
  static let crowd: Double = 4000
  /// The longest rest, in nanoseconds: nobody sees it, and the roll-up of so many answers waits ten times as long.
  static let longest: UInt64 = 10_000_000
  /// How long the past counts, in nanoseconds.
  private static let memory: Double = 100_000_000

  /// Pieces a second, lately.
  private(set) var rate = 0.0
  private var lookedAt: UInt64 = 0

  /// Notes a look at the sockets.
  ///
  /// - Parameter pieces: how many of them had something.
  /// - Returns: how many nanoseconds to rest before the next one.
  mutating func looked(at now: UInt64, pieces: Int) -> UInt64 {
    let elapsed = Double(now > lookedAt ? now - lookedAt : 0)
    lookedAt = max(lookedAt, now)
    let fresh = min(1, elapsed / Self.memory)
    rate = rate * (1 - fresh) + Double(pieces) * (1e9 / Self.memory)
    return rate > Self.crowd && pieces > 0 ? Self.longest : 0
  }
}
