import EventEngine
import Wire

/// A response's body that is written piece by piece, on the connection's loop. For event streams and long answers.
package final class ResponseStream {
  /// Called when a slow reader has caught up: what waited has left.
  package var onWritable: (() -> Void)?
  /// Called once when the stream is over without `finish()`: the peer left, or the connection was aborted.
  package var onClosed: (() -> Void)?
  /// Called when the peer has sent its last byte. It may still read, or be gone: what is written next finds out.
  package var onPeerFinished: (() -> Void)?
  /// Called when the server stops; without it the stream is finished then.
  package var onStopping: (() -> Void)?
  private var driver: HTTPConnectionDriver?
  private let encoder: HTTPResponseEncoder

  init(_ driver: HTTPConnectionDriver, _ encoder: HTTPResponseEncoder) {
    self.driver = driver
    self.encoder = encoder
  }

  /// Whether pieces can still be written.
  package var isOpen: Bool { driver?.connection.isOpen ?? false }

  /// Whether the kernel would take more at once.
  package var isWritable: Bool { driver?.connection.isWritable ?? false }

  /// Bytes that wait for a slow reader.
  package var pendingBytes: Int { driver?.connection.pendingBytes ?? 0 }

  /// When the kernel last took bytes, on the clock of `Loop.now`; 0 when the stream is over.
  package var lastProgress: UInt64 { driver?.connection.lastProgress ?? 0 }

  /// Sends a piece. Ignored when the stream is over.
  package func write(_ bytes: [UInt8]) {
    guard let driver, isOpen else { return }
    driver.write(bytes, encoder)
  }

  /// Ends the body in order; the connection may serve another request.
  package func finish() {
    guard let driver = release() else { return }
    forgetCallbacks()
    driver.streamFinished(encoder)
  }

  /// Drops the connection, so that the peer sees that the body is not whole.
  package func abort() { driver?.connection.abort() }

  /// The connection is over.
  func close() {
    guard release() != nil else { return }
    let told = onClosed
    forgetCallbacks()
    told?()
  }

  /// The server stops.
  func stop() {
    if let onStopping { onStopping() } else { finish() }
  }

  private func release() -> HTTPConnectionDriver? {
    guard let driver else { return nil }
    self.driver = nil
    LoopCounters.add(-1, to: driver.shared.counters.streams)
    return driver
  }

  /// Callbacks often hold the stream or its user.
  private func forgetCallbacks() {
    onWritable = nil
    onClosed = nil
    onPeerFinished = nil
    onStopping = nil
  }
}
