import Basics
import EventEngine
import Synchronization
import WebServer

/// Lets each address ask so many requests in a while, whatever loop its connections live on.
final class RateGate: Sendable {
  /// Addresses that are remembered before the idle ones are forgotten; a crowd beyond it begins anew.
  private static let crowd = 65_536

  private let rate: Rate
  private let buckets = Mutex<[PeerNetwork: TokenBucket]>([:])

  init(_ rate: Rate) { self.rate = rate }

  /// Counts a request.
  ///
  /// - Parameter now: nanoseconds of a monotonic clock.
  /// - Returns: nil when it may go on, else the whole seconds until the next one may.
  func wait(_ peer: PeerNetwork, at now: UInt64) -> Int? {
    buckets.withLock { buckets in
      if buckets.count >= Self.crowd, buckets[peer] == nil { Self.forget(&buckets, at: now) }
      guard let wait = buckets[peer, default: TokenBucket()].take(of: rate, at: now) else { return nil }
      return Int(clamping: wait / 1_000_000_000 + 1)
    }
  }

  private static func forget(_ buckets: inout [PeerNetwork: TokenBucket], at now: UInt64) {
    buckets = buckets.filter { !$0.value.isFull(at: now) }
    if buckets.count >= crowd { buckets = [:] }
  }

  /// How many addresses are remembered.
  var count: Int { buckets.withLock { $0.count } }
}
