/// How much one peer may ask a WebSocket to hold.
package struct WebSocketLimits: Equatable, Sendable {
  /// Bytes of one message, over all its fragments; beyond it 1009.
  package var message: Int
  /// Frames of one message; beyond it 1009. Conformance suites need up to 70,000.
  package var fragments: Int

  /// Sets both limits; the defaults suit public clients.
  package init(message: Int = 1 << 20, fragments: Int = 1024) {
    self.message = message
    self.fragments = fragments
  }
}
