import Basics
import CLinux
import Glibc
import Synchronization

/// Accepts a listener's connections on one loop and hands each to the loop that has the fewest.
package final class Acceptor: Sendable {
  private let listener: Listener
  private let first: EventLoop

  /// Starts to accept.
  ///
  /// - Parameters:
  ///   - loops: the first one accepts; all of them get connections.
  ///   - tls: what to serve TLS with, or nil for plain bytes.
  ///   - begin: called on the connection's own loop, before its first bytes; sets the delegate.
  package init?(
    _ listener: Listener, loops: [EventLoop], tls: TLSContext? = nil,
    begin: @escaping @Sendable (Loop, Connection) -> Void
  ) {
    guard let first = loops.first else { return nil }
    self.listener = listener
    self.first = first
    first.submit { loop in
      AcceptorSource(listener: listener, loops: loops, tls: tls, begin: begin).open(on: loop)
    }
  }

  /// Stops accepting for good; `then` is called on the accepting loop when the port is free again.
  package func close(then: @escaping @Sendable (Loop) -> Void = { _ in }) {
    let descriptor = listener.descriptor
    first.submit { loop in
      if case .source(let source) = loop.table.current(descriptor: descriptor) { source.ready(0, on: loop) }
      then(loop)
    }
  }
}

/// The loop's side of an acceptor.
final class AcceptorSource: EventSource {
  private let listener: Listener
  private let loops: [EventLoop]
  private let tls: TLSContext?
  private let begin: @Sendable (Loop, Connection) -> Void
  /// Kept for the day when no descriptor is left: its place serves to turn a caller away instead of spinning.
  private var reserve: Int32
  private var key: UInt64 = 0

  init(
    listener: Listener, loops: [EventLoop], tls: TLSContext?,
    begin: @escaping @Sendable (Loop, Connection) -> Void
  ) {
    self.listener = listener
    self.loops = loops
    self.tls = tls
    self.begin = begin
    reserve = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
  }

  deinit { close(reserve) }

  func open(on loop: Loop) {
    key = loop.table.insert(.source(self), descriptor: listener.descriptor)
    watch(EPOLL_CTL_ADD, EPOLLIN.rawValue, on: loop)
  }

  private func watch(_ operation: Int32, _ events: UInt32, on loop: Loop) {
    var event = epoll_event(events: events, data: epoll_data_t(u64: key))
    epoll_ctl(loop.outside.epoll, operation, listener.descriptor, &event)
  }

  /// No events mean the end.
  func ready(_ events: UInt32, on loop: Loop) {
    guard events != 0 else {
      watch(EPOLL_CTL_DEL, 0, on: loop)
      // Resets those that wait to be accepted and lets the port go, even while the object is still held.
      shutdown(listener.descriptor, Int32(SHUT_RDWR))
      return loop.table.remove(descriptor: listener.descriptor)
    }
    // A bound keeps a storm of connections from starving those that are there; the rest is reported again.
    for _ in 0..<64 {
      guard acceptOne(on: loop) else { return }
    }
  }

  /// Returns whether there may be more.
  private func acceptOne(on loop: Loop) -> Bool {
    var storage = sockaddr_storage()
    var size = UInt32(MemoryLayout<sockaddr_storage>.size)
    let descriptor = clinux_accept(listener.descriptor, &storage, &size)
    if descriptor >= 0 {
      place(descriptor, SocketAddress(storage), from: loop)
      return true
    }
    switch errno {
    case EINTR, ECONNABORTED: return true
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: turnAway(errno, on: loop)
    default: break
    }
    return false
  }

  private func place(_ descriptor: Int32, _ peer: SocketAddress, from loop: Loop) {
    var target = loop.outside
    for other in loops where other.connectionCount < target.connectionCount { target = other }
    target.countConnections(1)
    if target === loop.outside {
      begin(loop, loop.adopt(descriptor: descriptor, peer: peer, tls: tls))
    } else {
      target.submit { [tls, begin] loop in
        begin(loop, loop.adopt(descriptor: descriptor, peer: peer, tls: tls))
      }
    }
  }

  /// No descriptor is left: closes the connections of those who wait, so that they know, and pauses.
  private func turnAway(_ number: Int32, on loop: Loop) {
    close(reserve)
    for _ in 0..<64 {
      let caller = clinux_accept(listener.descriptor, nil, nil)
      guard caller >= 0 else { break }
      close(caller)
    }
    reserve = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
    loop.outside.log.write(
      .error, "accepting paused",
      ["reason": EngineError.text(of: number), "connections": "\(loop.outside.connectionCount)"])
    watch(EPOLL_CTL_MOD, 0, on: loop)
    loop.schedule(after: .milliseconds(100)) { [self] loop in
      guard case .source = loop.table.occupant(key: key) else { return }
      watch(EPOLL_CTL_MOD, EPOLLIN.rawValue, on: loop)
    }
  }
}
