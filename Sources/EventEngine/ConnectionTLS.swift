import Glibc

// TLS between the kernel and the delegate.
extension Connection {
  /// Ends a handshake that is not done in 5 s.
  func limitHandshake() {
    timer = loop.schedule(after: .seconds(5)) { [self] _ in
      if tls?.isEstablished == false { end(.handshakeFailed("not done in 5 s")) }
    }
  }

  /// Decrypts what has come and hands it on, until there is no whole record left.
  func deliverPlaintext(_ tls: TLSEngine) {
    if !tls.isEstablished, !advanceHandshake(tls) { return }
    while state == .open, !isPaused {
      switch tls.read(into: loop.plainScratch) {
      case .bytes(let count):
        delegate?.received(UnsafeRawBufferPointer(rebasing: loop.plainScratch[..<count]), from: self)
      case .needsMore:
        // Answers of TLS itself (tickets, key updates) leave now.
        if !isBlocked { _ = sendCiphertext(tls) }
        return
      case .ended: return receiveEnd()
      case .failed(let reason): return end(.failed(reason))
      }
    }
  }

  /// Returns whether the handshake is done.
  private func advanceHandshake(_ tls: TLSEngine) -> Bool {
    let progress = tls.advanceHandshake()
    let isSent = sendCiphertext(tls)
    switch progress {
    case .needsMore: return false
    case .failed(let reason):
      end(.handshakeFailed(reason))
      return false
    case .done: break
    }
    if let timer { loop.cancel(timer) }
    timer = nil
    guard state != .ended else { return false }
    isBlocked = !isSent
    if isSent { flush() }
    return state != .ended
  }

  /// The kernel has room while the handshake is under way.
  func sendHandshake() {
    guard let tls, state != .ended else { return }
    _ = sendCiphertext(tls)
  }

  /// Encrypts bytes and sends the records. Returns how many plain bytes were accepted.
  func transmitSecurely(_ bytes: UnsafeRawBufferPointer, _ tls: TLSEngine) -> Int {
    var accepted = 0
    while accepted < bytes.count, !isBlocked {
      let record = UnsafeRawBufferPointer(rebasing: bytes[accepted...].prefix(16384))
      let count = tls.write(record)
      guard count > 0 else {
        end(.failed(tls.failure))
        return accepted
      }
      accepted += count
      guard sendCiphertext(tls) else { break }
    }
    return accepted
  }

  /// Hands encrypted bytes to the kernel. Returns false when some are left, and the connection is then blocked.
  func sendCiphertext(_ tls: TLSEngine) -> Bool {
    while !tls.output.isEmpty, state != .ended {
      let output = tls.output
      let count = output.withUnsafeBytes { transmitPlainly($0) }
      tls.consumeOutput(count)
      if count < output.count { break }
    }
    return tls.output.isEmpty
  }
}
