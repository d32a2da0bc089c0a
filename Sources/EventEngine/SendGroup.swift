import CLinux
import Glibc

/// Connections that are all sent the same bytes, and have all taken everything so far. Belongs to one loop.
///
/// It keeps their descriptors side by side, so that one pass over them touches no connection: a send costs the kernel's work and some
/// 40 instructions of ours. A connection that cannot go on leaves by itself: the kernel refused bytes of it, something is queued, or it
/// ends or closes.
package final class SendGroup {
  private let ring: SendRing?
  private var descriptors: [Int32] = []
  private var connections: [Connection] = []
  private var shortfalls: [(place: Int, result: Int32)] = []
  private var found = [clinux_send_shortfall](
    repeating: clinux_send_shortfall(), count: SendRing.capacity)
  /// Where the next pass begins: elsewhere each time, so that nobody is always last.
  private var turn = 0

  /// Told of each member that leaves: the place it had, which the last member has now, and the bytes that it took of the send under way;
  /// nil when none is.
  package var left: ((Int, Int?) -> Void)?

  /// Makes an empty group.
  ///
  /// - Parameter ring: sends for many members in one entry into the kernel; without it each send is a call.
  package init(ring: SendRing?) { self.ring = ring }

  deinit { for connection in connections { connection.group = nil } }

  /// How many members there are.
  package var count: Int { connections.count }

  /// Takes a connection in, at the last place, if it can take part: it is open, without TLS and in no group, and nothing waits.
  package func join(_ connection: Connection) -> Bool {
    guard connection.takesShares else { return false }
    connection.group = self
    connection.place = Int32(truncatingIfNeeded: connections.count)
    connections.append(connection)
    descriptors.append(connection.descriptor)
    return true
  }

  /// Takes the member at a place out.
  package func leave(_ place: Int) { remove(place, taken: nil) }

  /// Sends the same bytes to all members. Those that fell short leave.
  package func send(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 0, !descriptors.isEmpty else { return }
    turn = (turn + 1) % descriptors.count
    send(bytes, to: turn..<descriptors.count)
    send(bytes, to: 0..<turn)
    guard !shortfalls.isEmpty else { return }
    settle()
  }

  private func send(_ bytes: UnsafeRawBufferPointer, to places: Range<Int>) {
    // Below this many, single calls are as cheap.
    let ring = places.count < 16 ? nil : ring?.pointer
    for first in stride(from: places.lowerBound, to: places.upperBound, by: SendRing.capacity) {
      let count = min(SendRing.capacity, places.upperBound - first)
      let short = descriptors.withUnsafeBufferPointer { descriptors in
        found.withUnsafeMutableBufferPointer { found in
          clinux_send_each(
            ring, descriptors.baseAddress.map { $0 + first }, UInt32(count), bytes.baseAddress, bytes.count,
            found.baseAddress)
        }
      }
      for index in 0..<Int(short) {
        shortfalls.append((first + Int(found[index].place), found[index].result))
      }
    }
  }

  /// Lets those who fell short leave. The last place first: what takes a free place has been looked at.
  private func settle() {
    let settled = shortfalls.sorted { $0.place > $1.place }
    shortfalls.removeAll(keepingCapacity: true)
    for (place, result) in settled {
      let connection = connections[place]
      connection.group = nil
      let taken = connection.fellShort(result)
      remove(place, taken: taken)
    }
  }

  private func remove(_ place: Int, taken: Int?) {
    connections[place].group = nil
    let last = connections.removeLast()
    descriptors.removeLast()
    if place < connections.count {
      connections[place] = last
      descriptors[place] = last.descriptor
      last.place = Int32(truncatingIfNeeded: place)
    }
    left?(place, taken)
  }
}

/// A way to send on many sockets with one entry into the kernel (io_uring), where the kernel has it.
///
/// A send on loopback is 4 µs of kernel work whoever asks for it; together they save the entries and some of what the kernel does between
/// them.
package final class SendRing {
  /// Sends that one entry does at most.
  static let capacity = 256

  fileprivate let pointer: OpaquePointer

  /// Makes a ring; nil where the kernel has no io_uring or a sandbox does not allow it.
  package init?() {
    guard let pointer = clinux_send_ring_make(UInt32(Self.capacity)) else { return nil }
    self.pointer = pointer
  }

  deinit { clinux_send_ring_free(pointer) }
}

extension Connection {
  /// Whether its bytes may go with those of others.
  fileprivate var takesShares: Bool {
    queuedBytes == 0 && !isBlocked && state == .open && tls == nil && group == nil
  }

  /// Goes its own way from now on, because what comes next is for it alone.
  package func leaveGroup() {
    if let group { group.leave(Int(place)) }
  }

  /// A send took only a part, or failed; returns how many bytes it took.
  ///
  /// - Parameter result: the bytes, or a negative errno.
  fileprivate func fellShort(_ result: Int32) -> Int {
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
