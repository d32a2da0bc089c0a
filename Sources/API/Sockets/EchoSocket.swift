import WebServer
import Wire

/// Sends back what comes, as it came: for conformance suites. Where deflate was agreed on, every message that becomes
/// smaller is deflated, so that the suites' small ones are, too.
final class EchoSocket: WebSocketDelegate {
  /// Bytes that may wait for a client that does not read its echo before it is no longer listened to.
  private static let backlog = 32 << 20

  /// What Autobahn's cases send: 16 MiB, or 4 MiB in 65,536 fragments.
  static let limits = WebSocketLimits(message: 16 << 20, fragments: 70_000)

  func receivedText(_ bytes: [UInt8], from socket: WebSocketConnection) {
    socket.send(text: bytes, compressedFrom: 0)
    wait(for: socket)
  }

  func receivedBinary(_ bytes: [UInt8], from socket: WebSocketConnection) {
    socket.send(binary: bytes, compressedFrom: 0)
    wait(for: socket)
  }

  func becameWritable(_ socket: WebSocketConnection) { socket.resumeReading() }

  func closed(_ socket: WebSocketConnection, code: WebSocketCloseCode, reason: String) {}

  private func wait(for socket: WebSocketConnection) {
    if socket.pendingBytes > Self.backlog { socket.pauseReading() }
  }
}
