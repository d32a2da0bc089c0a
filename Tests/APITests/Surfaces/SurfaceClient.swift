import Basics
import Synchronization
import TestKit

/// A client of a surface's stream that reads on a thread of its own, byte for byte.
final class SurfaceClient: Sendable {
  private let state = Mutex("")
  private init() {}

  /// How a client leaves.
  enum Leave: Sendable {
    /// As a process that ends with unread bytes.
    case reset
    /// As a page that is closed.
    case close
    /// It has said everything, and goes on reading.
    case finishSending
  }

  /// - Parameters:
  ///   - words: after which the client leaves; nil stays to the end.
  ///   - leave: how it does.
  static func open(
    _ port: UInt16, _ path: String, _ body: JSON, fields: [String: String] = [:],
    leavingAfter words: String? = nil, by leave: Leave = .reset
  ) async throws -> SurfaceClient {
    try await withCheckedThrowingContinuation { continuation in
      startThread {
        do {
          let socket = try RawSocket(port: port, patience: .seconds(20))
          let text = body.text
          let more = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
          try socket.send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(text.utf8.count)\r\n\(more)\r\n\(text)"
          )
          let client = SurfaceClient()
          continuation.resume(returning: client)
          client.read(socket, leavingAfter: words, by: leave)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private func read(_ socket: RawSocket, leavingAfter words: String?, by leave: Leave) {
    while let line = try? socket.receive(through: "\n") {
      state.withLock { $0 += line }
      guard let words, line.contains(words) else { continue }
      switch leave {
      case .reset: return socket.reset()
      case .close:
        // The empty line behind the event: a socket with unread bytes would be reset.
        _ = try? socket.receive(through: "\r\n")
        return socket.close()
      case .finishSending: socket.finishSending()
      }
    }
  }

  func wait(for words: String) async throws {
    try await eventually("the stream says \(words)") { self.state.withLock { $0.contains(words) } }
  }
}
