import CLinux
import Glibc

/// What went wrong for a test's client.
package struct RawSocketError: Error, CustomStringConvertible {
  package let description: String

  package init(doing: String) { description = "\(doing) failed" }

  init(description: String) { self.description = description }

  static func current(_ doing: String) -> RawSocketError {
    RawSocketError(description: "\(doing): \(strerror(errno).map { String(cString: $0) } ?? "?")")
  }
}

/// A blocking TCP client for tests: sends any bytes, and fails instead of waiting beyond its deadline.
package final class RawSocket {
  /// The socket, for options that only one test needs.
  package let descriptor: Int32
  /// How long any one call may take.
  package var patience: Duration
  /// Bytes received beyond what was asked for.
  private var buffer: [UInt8] = []
  private var isClosed = false

  /// Connects to a port of this machine.
  ///
  /// - Parameter receiveBuffer: bytes that the kernel holds for this side; small ones make a slow reader.
  package init(port: UInt16, patience: Duration = .seconds(10), receiveBuffer: Int32? = nil)
    throws(RawSocketError)
  {
    self.patience = patience
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .current("socket") }
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard result == 0 else {
      let error = RawSocketError.current("connecting to port \(port)")
      Glibc.close(descriptor)
      throw error
    }
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close() }

  package func close() {
    guard !isClosed else { return }
    isClosed = true
    Glibc.close(descriptor)
  }

  /// Closes with a reset, as a process does that is killed with unread bytes.
  package func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Says that no more will be sent; reading goes on.
  package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  // MARK: - Sending

  package func send(_ text: String) throws(RawSocketError) { try send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) throws(RawSocketError) {
    let deadline = self.deadline
    var sent = 0
    while sent < bytes.count {
      try wait(for: Int16(POLLOUT), until: deadline, doing: "sending")
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent,
          Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if count < 0, errno != EAGAIN { throw .current("sending") }
      sent += max(0, count)
    }
  }

  // MARK: - Receiving

  /// The next bytes that there are, at most `limit`; empty at the end of the stream.
  package func receive(upTo limit: Int = 65536) throws(RawSocketError) -> [UInt8] {
    if buffer.isEmpty { try fill(until: deadline) }
    let taken = Array(buffer.prefix(limit))
    buffer.removeFirst(taken.count)
    return taken
  }

  /// Exactly so many bytes.
  package func receive(exactly count: Int) throws(RawSocketError) -> [UInt8] {
    let deadline = self.deadline
    while buffer.count < count {
      guard try fill(until: deadline) else {
        throw RawSocketError(description: "the stream ended after \(buffer.count) of \(count) bytes")
      }
    }
    let taken = Array(buffer.prefix(count))
    buffer.removeFirst(count)
    return taken
  }

  /// Everything up to a marker and with it, as text.
  package func receive(through marker: String) throws(RawSocketError) -> String {
    let deadline = self.deadline
    let wanted = Array(marker.utf8)
    var searched = 0
    while true {
      if let end = Self.end(of: wanted, in: buffer, from: searched) {
        return String(decoding: try receive(exactly: end), as: UTF8.self)
      }
      searched = max(0, buffer.count - wanted.count)
      guard try fill(until: deadline) else {
        throw RawSocketError(
          description:
            "the stream ended before \(marker.debugDescription): \(String(decoding: buffer, as: UTF8.self))")
      }
    }
  }

  /// Everything up to the end of the stream.
  package func receiveAll() throws(RawSocketError) -> [UInt8] {
    let deadline = self.deadline
    while try fill(until: deadline) {}
    defer { buffer = [] }
    return buffer
  }

  /// Whether the stream ends, in order or with a reset, before more bytes come.
  package func isEnded() throws(RawSocketError) -> Bool {
    guard buffer.isEmpty else { return false }
    try wait(for: Int16(POLLIN), until: deadline, doing: "waiting for the end")
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) <= 0
  }

  private static func end(of marker: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= marker.count else { return nil }
    for index in start...(bytes.count - marker.count)
    where bytes[index..<(index + marker.count)].elementsEqual(marker) {
      return index + marker.count
    }
    return nil
  }

  private var deadline: UInt64 {
    let (seconds, attoseconds) = TimeLimit.of(patience).components
    return clinux_monotonic_nanoseconds() + UInt64(seconds) * 1_000_000_000
      + UInt64(attoseconds / 1_000_000_000)
  }

  /// Returns false at the end of the stream.
  @discardableResult
  private func fill(until deadline: UInt64) throws(RawSocketError) -> Bool {
    try wait(for: Int16(POLLIN), until: deadline, doing: "receiving")
    var piece = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &piece, piece.count, 0)
    if count < 0 { throw .current("receiving") }
    buffer.append(contentsOf: piece[..<count])
    return count > 0
  }

  private func wait(for events: Int16, until deadline: UInt64, doing: String) throws(RawSocketError) {
    while true {
      let now = clinux_monotonic_nanoseconds()
      guard now < deadline else { throw RawSocketError(description: "\(doing): nothing for \(patience)") }
      var request = pollfd(fd: descriptor, events: events, revents: 0)
      let result = poll(&request, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
      if result > 0 { return }
      if result < 0, errno != EINTR { throw .current(doing) }
    }
  }
}
