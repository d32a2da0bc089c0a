/// How much one peer may ask a WebSocket to hold.
package struct WebSocketLimits: Equatable, Sendable {
  /// Bytes of one message, over all its fragments and inflated; beyond it 1009.
  package var message: Int
  /// Frames of one message; beyond it 1009. Conformance suites need up to 70,000.
  package var fragments: Int

  /// Bytes that a compressed message may have on the wire: what zlib makes of incompressible ones with its worst settings
  /// (`deflateBound` in its deflate.c), so that a message within the limit is never refused for being compressed.
  package var compressedMessage: Int { message + message / 8 + message / 64 + 16 }

  /// Sets both limits; the defaults suit public clients.
  package init(message: Int = 1 << 20, fragments: Int = 1024) {
    self.message = message
    self.fragments = fragments
  }
}
