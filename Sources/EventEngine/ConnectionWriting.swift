import Glibc

// What leaves. A refused byte stays with its owner: the queue here, or the caller of `write`.
extension Connection {
  /// Bytes that the kernel has not taken yet, in the queue or in TLS.
  package var pendingBytes: Int { queuedBytes + (tls?.output.count ?? 0) }

  /// Whether `write` has a chance.
  package var isWritable: Bool { queuedBytes == 0 && !isBlocked && state == .open }

  /// Sends bytes behind those that wait; tries at once when none do. Ignored once the connection is being closed.
  package func send(_ bytes: [UInt8]) {
    guard state == .open, !bytes.isEmpty else { return }
    var accepted = 0
    if queuedBytes == 0, !isBlocked { accepted = bytes.withUnsafeBytes { transmit($0) } }
    guard accepted < bytes.count, state == .open else { return }
    pending.append(bytes, skipping: accepted)
    queuedBytes += bytes.count - accepted
  }

  /// Hands bytes to the kernel, or to TLS, straight from the caller's memory.
  ///
  /// The way of the fan-out: nothing is copied or kept (TLS may keep one encrypted record). Returns how many bytes
  /// were accepted: 0 when others wait before them or the kernel has no room; `becameWritable` tells when it has.
  package func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard queuedBytes == 0, !isBlocked, state == .open, bytes.count > 0 else { return 0 }
    return transmit(bytes)
  }

  @inline(__always)
  private func transmit(_ bytes: UnsafeRawBufferPointer) -> Int {
    if let tls { return transmitSecurely(bytes, tls) }
    return transmitPlainly(bytes)
  }

  @inline(__always)
  func transmitPlainly(_ bytes: UnsafeRawBufferPointer) -> Int {
    let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    guard count == bytes.count else { return cutShort(count, bytes) }
    progress = loop.now
    return count
  }

  /// The kernel took a part, or nothing: from now on an edge tells when there is room.
  @inline(never)
  private func cutShort(_ count: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
    if count > 0 {
      block()
      return count
    }
    switch errno {
    case EAGAIN: block()
    case EINTR: return transmitPlainly(bytes)
    case let number: end(.failed(EngineError.text(of: number)))
    }
    return 0
  }

  func block() {
    isBlocked = true
    progress = loop.now
    leaveGroup()
  }

  /// The kernel has room again.
  func unblock() {
    guard state == .open || state == .finishing, tls?.isEstablished != false else { return sendHandshake() }
    isBlocked = false
    if let tls, !sendCiphertext(tls) { return }
    flush()
  }

  /// Sends what waits; then the delegate or the close has its turn.
  func flush() {
    while !isBlocked, state != .ended, let chunk = pending.first {
      let offset = pending.offset
      let accepted = chunk.withUnsafeBytes { transmit(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
      guard state != .ended else { return }
      queuedBytes -= accepted
      pending.consume(accepted)
    }
    guard !isBlocked, queuedBytes == 0 else { return }
    if state == .finishing { shutDown() } else if state == .open { delegate?.becameWritable(self) }
  }
}
