import Glibc

// TLS between the kernel and the delegate.
extension Connection {
  /// Ends a handshake that takes too long.
  func limitHandshake() {
    timer = loop.schedule(after: (admission?.limits ?? AdmissionLimits()).handshake) { [self] _ in
      if tls?.isEstablished == false { end(.handshakeFailed("not done in time")) }
    }
  }

  /// Whether a peer's first bytes are the beginning of a request in plain text: a TLS record begins with 22
  /// (RFC 8446 §5.1), a method with a letter.
  func isPlainText(_ bytes: UnsafeRawBufferPointer, _ tls: TLSEngine) -> Bool {
    tls.isFresh && bytes.first.map { (UInt8(ascii: "A")...UInt8(ascii: "z")).contains($0) } == true
  }

  /// Tells a peer without TLS that it is needed, in words that it can read, and closes.
  func refusePlainText() {
    guard let admission else { return end(.handshakeFailed("the peer speaks plain text")) }
    if let timer { loop.cancel(timer) }
    timer = nil
    admission.shookHands(network)
    tls = nil
    isBlocked = false
    send(admission.words(loop, .notTLS))
    finish()
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
    if progress == .done { admission?.shookHands(network) }
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
