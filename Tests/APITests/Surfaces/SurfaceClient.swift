import Basics
import Synchronization
import TestKit

/// A client of a surface's stream that reads on a thread of its own, byte for byte.
final class SurfaceClient: Sendable {
  private let state = Mutex("")
  private init() {}

  /// - Parameter words: after which the client leaves without a word; nil stays to the end.
  static func open(
    _ port: UInt16, _ path: String, _ body: JSON, leavingAfter words: String? = nil
  ) async throws -> SurfaceClient {
    try await withCheckedThrowingContinuation { continuation in
      startThread {
        do {
          let socket = try RawSocket(port: port, patience: .seconds(20))
          let text = body.text
          try socket.send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
          let client = SurfaceClient()
          continuation.resume(returning: client)
          client.read(socket, leavingAfter: words)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private func read(_ socket: RawSocket, leavingAfter words: String?) {
    while let line = try? socket.receive(through: "\n") {
      state.withLock { $0 += line }
      if let words, line.contains(words) { return socket.reset() }
    }
  }

  func wait(for words: String) async throws {
    try await eventually("the stream says \(words)") { self.state.withLock { $0.contains(words) } }
  }
}
