import CLinux
import Glibc

/// Sends on many connections with one entry into the kernel (io_uring), where the kernel has it.
///
/// A send on loopback is 4 µs of kernel work whoever asks for it; together they save the entries and some of what the kernel does between
/// them. Belongs to one loop. Between `add` and `flush` the bytes must stay, and nothing else may be sent on those connections.
package final class SendBatch {
  /// Sends that one flush does at most.
  static let capacity = 256

  private let ring: OpaquePointer
  private var connections: [Connection] = []
  private var shortfalls = [clinux_send_shortfall](repeating: clinux_send_shortfall(), count: capacity)

  /// Makes a batch; nil where the kernel has no io_uring or a sandbox does not allow it.
  package init?() {
    guard let ring = clinux_send_ring_make(UInt32(Self.capacity)) else { return nil }
    self.ring = ring
    connections.reserveCapacity(Self.capacity)
  }

  deinit { clinux_send_ring_free(ring) }

  /// How many sends wait for the flush.
  package var count: Int { connections.count }

  /// Whether it must be flushed before more is added.
  package var isFull: Bool { connections.count == Self.capacity }

  /// Notes a send, if the connection can take part: it is open, without TLS, and nothing waits before the bytes.
  package func add(_ bytes: UnsafeRawBufferPointer, to connection: Connection) -> Bool {
    guard connection.takesBatches, bytes.count > 0 else { return false }
    clinux_send_ring_push(
      ring, connection.descriptor, bytes.baseAddress, UInt32(bytes.count), UInt64(connections.count))
    connections.append(connection)
    connection.progress = connection.loop.now
    return true
  }

  /// Does the sends that were noted and tells of each that fell short: its place in the order of `add`, and the bytes that the kernel took.
  /// Such a connection is blocked or over, or not writable only for this moment.
  package func flush(_ fellShort: (Int, Int) -> Void) {
    guard !connections.isEmpty else { return }
    defer { connections.removeAll(keepingCapacity: true) }
    let found = shortfalls.withUnsafeMutableBufferPointer { clinux_send_ring_flush(ring, $0.baseAddress) }
    for index in 0..<Int(found) {
      let place = Int(shortfalls[index].tag)
      fellShort(place, connections[place].batched(shortfalls[index].result))
    }
  }
}

extension Connection {
  /// Whether its bytes may go with those of others.
  var takesBatches: Bool { queuedBytes == 0 && !isBlocked && state == .open && tls == nil }

  /// A batched send took only a part, or failed; returns how many bytes it took.
  ///
  /// - Parameter result: the bytes, or a negative errno.
  func batched(_ result: Int32) -> Int {
    guard result < 0 else {
      block()
      return Int(result)
    }
    switch -result {
    case EAGAIN: block()
    case EINTR, ECANCELED: break
    case let number: end(.failed(EngineError.text(of: number)))
    }
    return 0
  }
}
