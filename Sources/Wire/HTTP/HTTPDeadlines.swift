/// How long a peer may take, so that slow ones do not hold connections for ever.
package struct HTTPDeadlines: Equatable, Sendable {
  /// For a whole head, from its first byte; absolute, so that one byte a second does not help.
  package var head: Duration = .seconds(10)
  /// Before the first byte of a fresh connection. Browsers open some in advance, and take it well when they end.
  package var firstByte: Duration = .seconds(10)
  /// Between requests.
  package var idle: Duration = .seconds(30)
  /// For a whole body, counted while the connection is read.
  package var body: Duration = .seconds(300)
  /// Bytes a second that a body must bring on average to be given more time than that: large ones take long on slow lines.
  package var largeBodyRate = 32 << 10
  /// Bytes a second that a body must bring on average, once its grace is over.
  package var bodyRate = 500
  /// How long a body may be slower than its rate.
  package var bodyGrace: Duration = .seconds(5)

  /// Takes the defaults.
  package init() {}
}
