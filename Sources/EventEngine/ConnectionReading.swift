import CLinux
import Glibc

// What arrives, plain. Edge-triggered: read until the kernel has no more, or until a tick's share is used up.
extension Connection {
  /// Takes the kernel's word about the descriptor.
  func ready(_ events: UInt32) {
    guard state != .ended else { return }
    if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
      isUnread = true
      if events & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { sawHangup = true }
      // Nobody would read the error out in these two cases.
      if events & EPOLLERR.rawValue != 0, isPaused || sawEnd {
        return end(.failed(EngineError.text(of: socketError)))
      }
      read()
    }
    if events & EPOLLOUT.rawValue != 0, isBlocked { unblock() }
  }

  /// Reads up to 64 KiB and hands it on.
  func read() {
    if tls?.isEstablished == false, !loop.takesHandshake() { return loop.readAgain(self) }
    if let tls, tls.hasInput, !isPaused { deliverPlaintext(tls) }
    while isUnread, !isPaused, !sawEnd, state != .ended {
      let count = recv(descriptor, loop.scratch.baseAddress, loop.scratch.count, 0)
      if count > 0 {
        // A short read empties the kernel's buffer (epoll(7)); a later byte or end is a new edge.
        if count < loop.scratch.count, !sawHangup { isUnread = false }
        receive(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
        if count == loop.scratch.count { return loop.readAgain(self) }
      } else if count == 0 {
        isUnread = false
        receiveEnd()
      } else if errno == EAGAIN {
        isUnread = false
      } else if errno != EINTR {
        end(.failed(EngineError.text(of: errno)))
      }
    }
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    guard state == .open else { return }
    if let tls {
      if isPlainText(bytes, tls) { return refusePlainText() }
      tls.feed(bytes)
      deliverPlaintext(tls)
      tls.keepInput()
    } else {
      delegate?.received(bytes, from: self)
    }
  }

  /// The peer ended its side.
  func receiveEnd() {
    guard !sawEnd else { return }
    sawEnd = true
    switch state {
    case .open:
      if tls?.isEstablished == false { return end(.handshakeFailed("the peer left")) }
      delegate?.peerFinished(self)
    case .lingering: end(.finished)
    case .finishing, .ended: break
    }
  }

  private var socketError: Int32 {
    var number: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size)
    return number
  }
}
