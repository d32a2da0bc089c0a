package import Wire

/// What a WebSocket tells its user, always on the connection's loop.
package protocol WebSocketDelegate: AnyObject {
  /// A whole text message; the bytes are UTF-8.
  func receivedText(_ bytes: [UInt8], from socket: WebSocketConnection)
  /// A whole binary message.
  func receivedBinary(_ bytes: [UInt8], from socket: WebSocketConnection)
  /// A message came faster than messages may, and is dropped; by default without a word.
  func refused(_ bytes: [UInt8], retryAfterNanoseconds wait: UInt64, from socket: WebSocketConnection)
  /// The peer went on sending what is refused; by default the socket is closed with 1008.
  func flooded(_ socket: WebSocketConnection)
  /// The peer answered a ping.
  func receivedPong(_ payload: [UInt8], from socket: WebSocketConnection)
  /// What waited has left, and the kernel takes more; told after a write was refused or cut.
  func becameWritable(_ socket: WebSocketConnection)
  /// The server stops; by default the socket is closed with 1001.
  func serverStopping(_ socket: WebSocketConnection)
  /// The WebSocket is over. Called once, last, and never from inside a call to the socket.
  ///
  /// - Parameter code: the peer's; 1006 when the connection broke.
  func closed(_ socket: WebSocketConnection, code: WebSocketCloseCode, reason: String)
}

extension WebSocketDelegate {
  package func refused(_ bytes: [UInt8], retryAfterNanoseconds wait: UInt64, from socket: WebSocketConnection)
  {}

  package func flooded(_ socket: WebSocketConnection) {
    socket.close(.policyViolation, reason: "too many messages")
  }

  package func receivedPong(_ payload: [UInt8], from socket: WebSocketConnection) {}

  package func serverStopping(_ socket: WebSocketConnection) {
    socket.close(.goingAway, reason: "The server stops.")
  }
}
