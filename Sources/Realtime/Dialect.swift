package import Model

/// A foreign surface as a pure function from events to messages: no socket, no clock.
///
/// It sees every event of the hub in offset order, once, and so may remember what it needs (what is open, what is held back).
package protocol Dialect: Sendable {
  /// Returns the JSON messages that an event turns into; none for events the surface does not know.
  mutating func messages(for event: Event) -> [[UInt8]]
}

/// A feed that a follower can read: the hub's own frames, or those of the dialect at an index of the hub's list.
package enum Feed: Hashable, Sendable {
  case hub
  case dialect(Int)
}
