package import Basics

/// How much a WebSocket's peer may send.
package struct InboundLimits: Sendable, Equatable {
  /// Messages a second; twice as many at once.
  package var messages = Rate(100, burst: 200)
  /// Bytes of messages a second; twice as many at once.
  package var bytes = Rate(1 << 20, burst: 2 << 20)
  /// Pings, and pongs that nobody asked for, a second; twice as many at once.
  package var pings = Rate(10, burst: 20)
  /// Messages that are refused before the peer is sent away, unless it pauses in between.
  package var patience = 20

  package init() {}
}

/// Says which messages of a peer are taken, and when it has to go. A few words, since each WebSocket has one.
struct InboundMachine: Sendable {
  enum Verdict: Equatable, Sendable {
    case take
    /// Drop the message and tell the peer how many nanoseconds to wait.
    case refuse(UInt64)
    /// The peer goes on all the same: end it.
    case end
  }

  private var messages = TokenBucket()
  private var bytes = TokenBucket()
  private var pings = TokenBucket()
  private var refusals: Int32 = 0

  /// A message has come.
  mutating func message(_ count: Int, _ limits: InboundLimits, at now: UInt64) -> Verdict {
    if messages.isFull(at: now), bytes.isFull(at: now) { refusals = 0 }
    // Bytes first: a message that is refused for its size costs no message.
    let wait = bytes.take(count, of: limits.bytes, at: now) ?? messages.take(of: limits.messages, at: now)
    guard let wait else { return .take }
    refusals += 1
    return refusals > limits.patience ? .end : .refuse(wait)
  }

  /// A ping, or a pong, has come. Returns whether it may.
  mutating func ping(_ limits: InboundLimits, at now: UInt64) -> Bool {
    pings.take(of: limits.pings, at: now) == nil
  }
}
