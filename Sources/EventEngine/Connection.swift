import CLinux
import Glibc

/// A stream socket on one loop for life, with or without TLS. Not `Sendable`; other threads hold its id.
///
/// Its descriptor is registered once, edge-triggered for both directions, so that waiting for either costs no call.
/// An idle connection owns no buffers.
package final class Connection {
  enum State: UInt8 {
    /// Both directions may be used.
    case open
    /// `finish()` was called and bytes still wait.
    case finishing
    /// Everything has left and our side is shut; what comes is discarded until the peer ends too.
    case lingering
    case ended
  }

  // The fields stand so that they leave no gaps: there are as many of these as clients.
  package let id: ConnectionID
  /// What the peer had yet to acknowledge when it was last looked at.
  private var unacknowledged: Int32 = .max
  /// Who is told what happens; held until the end has been told.
  package var delegate: (any ConnectionDelegate)?
  /// When the kernel last took bytes, or began to refuse them, or the peer was seen to take some; on the clock of `Loop.now`.
  var progress: UInt64
  let loop: Loop
  var tls: TLSEngine?
  /// Who sends to it together with others, and where it stands there.
  unowned var group: SendGroup?
  var queuedBytes = 0
  var pending = PendingBytes()
  /// Where it is counted; nil for a connection that nobody limits.
  let admission: Admission?
  private let peer: SocketAddress
  var state: State = .open
  /// The kernel refused bytes, or TLS is not ready for any; an edge will tell when that changes.
  var isBlocked = false
  var isPaused = false
  /// An edge came that has not been read to its end.
  var isUnread = false
  /// It stands in the loop's list of those that are read again.
  var isListed = false
  /// The kernel reported the peer's end of stream, or an error.
  var sawHangup = false
  /// The peer's end of stream has been read.
  var sawEnd = false
  var place: Int32 = 0
  /// Ends a handshake or a lingering close that takes too long.
  var timer: TimerToken?

  init(id: ConnectionID, peer: SocketAddress, tls: TLSEngine?, admission: Admission?, loop: Loop) {
    self.admission = admission
    self.id = id
    self.peer = peer
    self.tls = tls
    self.loop = loop
    progress = loop.now
    isBlocked = tls != nil
  }

  var descriptor: Int32 { id.slot }

  /// When bytes last moved, on the clock of `Loop.now`; ask about once a second.
  ///
  /// The kernel offers room only after a third of its buffer has drained, which takes a reader of 1 KB/s longer than some time-outs: so a
  /// blocked connection is asked what its peer has acknowledged.
  package var lastProgress: UInt64 {
    guard isBlocked else { return progress }
    let waiting = clinux_unacknowledged(descriptor)
    if waiting < unacknowledged, unacknowledged != .max { progress = loop.now }
    unacknowledged = waiting
    return progress
  }

  /// The peer's address without the port, as text; empty for a socket that has none.
  package var remoteAddress: String { peer.text }

  /// Whom the peer's address belongs to.
  package var network: PeerNetwork { peer.network }

  /// Whether the bytes travel inside TLS.
  package var isSecure: Bool { tls != nil }

  /// Whether nothing has ended it, from here or from the other side.
  package var isOpen: Bool { state == .open }

  /// Whether the peer has ended its side.
  package var isPeerFinished: Bool { sawEnd }

  /// The loop it lives on.
  package var home: Loop { loop }

  /// Stops reading: the kernel's buffer fills up, then the peer has to wait.
  package func pauseReading() { isPaused = true }

  /// Reads on, from the next tick.
  package func resumeReading() {
    guard isPaused else { return }
    isPaused = false
    if isUnread || tls?.hasInput == true { loop.readAgain(self) }
  }

  /// Closes in order: what is queued leaves, then our side is shut, and what still comes is discarded until the peer
  /// has ended too or `Loop.goodbyePatience` is over. Closing with unread bytes would reset the stream and take the last bytes with it.
  package func finish() {
    guard state == .open else { return }
    guard tls?.isEstablished != false else { return end(.aborted) }
    state = .finishing
    leaveGroup()
    isPaused = false
    if isUnread { loop.readAgain(self) }
    if queuedBytes == 0, !isBlocked { shutDown() } else { watchFinishing() }
  }

  /// Closes at once with a reset; what is queued is lost.
  package func abort() { end(.aborted) }

  /// Ends a finishing connection whose peer has taken nothing for 30 s.
  private func watchFinishing() {
    guard state == .finishing, timer == nil else { return }
    timer = loop.schedule(after: .seconds(5)) { [self] loop in
      timer = nil
      guard state == .finishing else { return }
      if loop.now &- lastProgress > 30_000_000_000 {
        end(.failed("the peer took no bytes for 30 s"))
      } else {
        watchFinishing()
      }
    }
  }

  /// Everything has left: shuts our side and waits for the peer's.
  func shutDown() {
    guard state == .finishing else { return }
    if let tls {
      tls.close()
      // The alert may find the kernel full: then the next edge leads back here.
      guard sendCiphertext(tls) else { return watchFinishing() }
    }
    state = .lingering
    shutdown(descriptor, Int32(SHUT_WR))
    if sawEnd { return end(.finished) }
    if let timer { loop.cancel(timer) }
    timer = loop.schedule(after: loop.goodbyePatience) { [self] _ in end(.finished) }
  }

  /// Gives the descriptor back. The delegate is told when no callback is under way.
  func end(_ reason: ConnectionEnd) {
    guard state != .ended else { return }
    state = .ended
    leaveGroup()
    if let timer { loop.cancel(timer) }
    timer = nil
    if reason == .aborted {
      // Without this the kernel would go on offering what it holds to a peer that does not read.
      var reset = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }
    admission?.left(network, duringHandshake: tls?.isEstablished == false)
    loop.table.remove(descriptor: descriptor)
    close(descriptor)
    queuedBytes = 0
    pending.removeAll()
    loop.connectionCount -= 1
    loop.outside.countConnections(-1)
    loop.announceEnd(of: self, reason)
  }

  func tellEnd(_ reason: ConnectionEnd) {
    delegate?.closed(self, reason: reason)
    delegate = nil
    tls = nil
  }
}

extension Loop {
  /// Makes a connection of a connected stream socket that does not block. The loop owns the descriptor from here on.
  ///
  /// - Parameter tls: what to serve TLS with, or nil for plain bytes.
  package func adopt(descriptor: Int32, tls: TLSContext? = nil) -> Connection {
    outside.countConnections(1)
    return adopt(descriptor: descriptor, peer: SocketAddress(), tls: tls, admission: nil)
  }

  /// As above, for a connection that the outside, and the acceptor if there is one, have counted already.
  func adopt(descriptor: Int32, peer: SocketAddress, tls: TLSContext?, admission: Admission?) -> Connection {
    let id = ConnectionID(
      loop: UInt16(truncatingIfNeeded: outside.index), slot: descriptor,
      generation: table.generation(for: descriptor))
    let connection = Connection(
      id: id, peer: peer, tls: tls.flatMap { TLSEngine($0) }, admission: admission, loop: self)
    let key = table.insert(.connection(connection), descriptor: descriptor)
    connectionCount += 1
    var event = epoll_event(
      events: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue,
      data: epoll_data_t(u64: key))
    if epoll_ctl(outside.epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 {
      connection.end(.failed(EngineError.text(of: errno)))
    } else if tls != nil {
      // Without memory for TLS there is none; what was meant to be secret must not be served in the open.
      if connection.isSecure {
        connection.limitHandshake()
      } else {
        connection.end(.failed("no memory for TLS"))
      }
    }
    return connection
  }
}
