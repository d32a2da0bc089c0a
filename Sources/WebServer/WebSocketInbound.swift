import EventEngine
import Wire

// What a peer may send.
extension WebSocketConnection {
  /// Whether an action of the machine is to be done; what is too much is answered here.
  func admits(_ action: WebSocketAction) -> Bool {
    guard isLimited, isOpen else { return true }
    switch action {
    case .text(let bytes), .binary(let bytes): return admits(message: bytes)
    case .sendPong, .pong:
      if inbound.ping(server.configuration.inbound, at: home.now) { return true }
      close(.policyViolation, reason: "too many pings")
      return false
    // Counted once it is inflated.
    case .compressed, .close: return true
    }
  }

  private func admits(message bytes: [UInt8]) -> Bool {
    switch inbound.message(bytes.count, server.configuration.inbound, at: home.now) {
    case .take: return true
    case .refuse(let wait): delegate?.refused(bytes, retryAfterNanoseconds: wait, from: self)
    case .end:
      if let delegate { delegate.flooded(self) } else { close(.policyViolation, reason: "too many messages") }
    }
    return false
  }
}
