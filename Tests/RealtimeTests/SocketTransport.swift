import EventEngine
import Glibc
import Synchronization
import Wire

@testable import Realtime

/// A transport over one end of a pair of sockets with little room between them: the engine's own connection, which may go in step with others.
final class SocketTransport: Transport, ConnectionDelegate {
  private let farEnd: FarEnd
  private let connection: Connection
  let deflateLimit: Int
  weak var session: Session?

  /// Makes the pair; the far end is read by whoever holds it.
  init(_ farEnd: FarEnd, deflateLimit: Int, on loop: Loop) {
    var ends: [Int32] = [-1, -1]
    let made = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    precondition(made == 0, "a test could not make a pair of sockets")
    var size: Int32 = 2048
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    self.farEnd = farEnd
    self.deflateLimit = deflateLimit
    farEnd.state.withLock { $0.socket = ends[1] }
    connection = loop.adopt(descriptor: ends[0])
    connection.delegate = self
  }

  var format: TransportFormat { .webSocket }
  var isWritable: Bool { connection.isWritable }
  var pendingBytes: Int { connection.pendingBytes }
  var lastProgress: UInt64 { connection.lastProgress }
  var lastHeard: UInt64 { 0 }
  var socket: Connection? { connection.isOpen ? connection : nil }

  func write(_ bytes: UnsafeRawBufferPointer) -> Int { connection.write(bytes) }
  func deflated(_ json: UnsafeRawBufferPointer) -> [UInt8]? { farEnd.deflated(json) }
  func queue(_ bytes: [UInt8]) { connection.send(bytes) }
  func send(_ json: [UInt8]) { connection.send(WebSocketFrame.text(json)) }
  func probe() {}
  func finish() { connection.finish() }
  func close(_ reason: CloseReason, retryAfterMilliseconds: Int?) {
    farEnd.state.withLock { $0.closed = reason }
    connection.abort()
  }

  func received(_ bytes: UnsafeRawBufferPointer, from connection: Connection) {}
  func becameWritable(_ connection: Connection) { session?.becameWritable() }
  func peerFinished(_ connection: Connection) { connection.abort() }
  func closed(_ connection: Connection, reason: ConnectionEnd) { session?.closed() }
}

extension FarEnd {
  /// Takes what has come through the socket, if there is one, as far as there is room.
  func pull() {
    state.withLock { state in
      guard let socket = state.socket else { return }
      var buffer = [UInt8](repeating: 0, count: 16384)
      while state.room > 0 {
        let count = recv(socket, &buffer, min(buffer.count, state.room), 0)
        guard count > 0 else { return }
        state.received += buffer[..<count]
        state.room -= count
      }
    }
  }

  /// Ends it from this side.
  func hangUp() {
    state.withLock { state in
      if let socket = state.socket { close(socket) }
      state.socket = nil
    }
  }
}
