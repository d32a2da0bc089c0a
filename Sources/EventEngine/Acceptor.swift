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
  ///   - admission: how many connections are taken, together with those of others that have the same.
  ///   - begin: called on the connection's own loop, before its first bytes; sets the delegate.
  package init?(
    _ listener: Listener, loops: [EventLoop], tls: TLSContext? = nil, admission: Admission,
    begin: @escaping @Sendable (Loop, Connection) -> Void
  ) {
    guard let first = loops.first else { return nil }
    self.listener = listener
    self.first = first
    first.submit { loop in
      AcceptorSource(listener: listener, loops: loops, tls: tls, admission: admission, begin: begin).open(
        on: loop)
    }
  }

  /// Starts to accept, with limits of its own.
  ///
  /// - Parameters:
  ///   - limits: how many connections are taken.
  ///   - words: what a peer is told that is not served; empty for nothing.
  package convenience init?(
    _ listener: Listener, loops: [EventLoop], tls: TLSContext? = nil,
    limits: AdmissionLimits = AdmissionLimits(),
    refusal words: @escaping @Sendable (Loop, AdmissionRefusal) -> [UInt8] = { _, _ in [] },
    begin: @escaping @Sendable (Loop, Connection) -> Void
  ) {
    self.init(listener, loops: loops, tls: tls, admission: Admission(limits, words: words), begin: begin)
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
  private let admission: Admission
  private let begin: @Sendable (Loop, Connection) -> Void
  private var journal = RefusalJournal()
  /// Refused peers that are still being told.
  private var dismissed = 0
  /// No descriptor was left when last looked.
  private var isExhausted = false
  private var exhaustions = RefusalJournal()
  /// The log says that accepting is paused, and not yet that it goes on.
  private var owesRecovery = false
  /// Kept for the day when no descriptor is left: its place serves to turn a caller away instead of spinning.
  private var reserve: Int32
  private var key: UInt64 = 0

  init(
    listener: Listener, loops: [EventLoop], tls: TLSContext?, admission: Admission,
    begin: @escaping @Sendable (Loop, Connection) -> Void
  ) {
    self.listener = listener
    self.loops = loops
    self.tls = tls
    self.admission = admission
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
    guard tls == nil || admission.hasRoomForHandshake else {
      // What waits in the kernel costs nothing here, and is served as soon as a handshake is over.
      pause(.milliseconds(10), on: loop)
      return false
    }
    var storage = sockaddr_storage()
    var size = UInt32(MemoryLayout<sockaddr_storage>.size)
    let descriptor = clinux_accept(listener.descriptor, &storage, &size)
    if descriptor >= 0 {
      if isExhausted { recover(on: loop) }
      let peer = SocketAddress(storage)
      if let refusal = admission.arrived(peer.network, isSecure: tls != nil) {
        refuse(descriptor, peer, refusal, on: loop)
      } else {
        place(descriptor, peer, from: loop)
      }
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
      begin(loop, loop.adopt(descriptor: descriptor, peer: peer, tls: tls, admission: admission))
    } else {
      target.submit { [tls, admission, begin] loop in
        begin(loop, loop.adopt(descriptor: descriptor, peer: peer, tls: tls, admission: admission))
      }
    }
  }

  /// Tells a peer that it is one too many, unless that would need a handshake, or too many are being told already.
  private func refuse(
    _ descriptor: Int32, _ peer: SocketAddress, _ refusal: AdmissionRefusal, on loop: Loop
  ) {
    if let count = journal.refused(at: loop.now) {
      loop.outside.log.write(
        .warning, "connections refused",
        [
          "reason": refusal == .full ? "too many" : "too many of one peer", "peer": peer.text,
          "count": "\(count)",
        ])
    }
    let words = tls == nil && dismissed < Self.dismissedLimit ? admission.words(loop, refusal) : []
    guard !words.isEmpty else {
      close(descriptor)
      return
    }
    dismissed += 1
    loop.outside.countConnections(1)
    let connection = loop.adopt(descriptor: descriptor, peer: peer, tls: nil, admission: nil)
    RefusedPeer.dismiss(connection, saying: words) { [self] in dismissed -= 1 }
  }

  private static let dismissedLimit = 64

  /// Looks at nobody for a while.
  private func pause(_ time: Duration, on loop: Loop) {
    watch(EPOLL_CTL_MOD, 0, on: loop)
    loop.schedule(after: time) { [self] loop in
      guard case .source = loop.table.occupant(key: key) else { return }
      watch(EPOLL_CTL_MOD, EPOLLIN.rawValue, on: loop)
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
    if !isExhausted, exhaustions.refused(at: loop.now) != nil {
      loop.outside.log.write(
        .error, "accepting paused",
        ["reason": EngineError.text(of: number), "connections": "\(loop.outside.connectionCount)"])
      owesRecovery = true
    }
    isExhausted = true
    pause(.milliseconds(100), on: loop)
  }

  private func recover(on loop: Loop) {
    isExhausted = false
    // Another thread may have taken the reserve's place while none was left.
    if reserve < 0 { reserve = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
    guard owesRecovery else { return }
    owesRecovery = false
    loop.outside.log.write(
      .info, "accepting again", ["connections": "\(loop.outside.connectionCount)"])
  }
}
