import COpenSSL
import Glibc

/// One connection's TLS as bytes in and bytes out, without a socket.
///
/// OpenSSL reads from and writes to this object through a BIO of our own. Memory BIOs would keep their largest buffers,
/// some 40 KB for each idle connection; here an idle connection keeps none.
final class TLSEngine {
  enum Progress: Equatable {
    case needsMore
    case done
    case failed(String)
  }
  enum Reading: Equatable {
    case bytes(Int)
    case needsMore
    case ended
    case failed(String)
  }

  /// Encrypted bytes for the peer.
  fileprivate(set) var output: [UInt8] = []
  private(set) var isEstablished = false
  /// Whether nothing has come from the peer.
  private(set) var isFresh = true
  private var isClosed = false
  /// What the last failing call said.
  private(set) var failure = ""
  private let ssl: OpaquePointer
  /// Encrypted bytes from the peer: the reader's memory during `feed`, else our own copy of what was left.
  fileprivate var input = UnsafeRawBufferPointer(start: nil, count: 0)
  private var kept: [UInt8] = []

  /// Begins as a server. Nil when memory is short.
  init?(_ context: TLSContext) {
    let identity = context.current
    guard let ssl = withExtendedLifetime(identity, { SSL_new(identity.pointer) }) else { return nil }
    guard let method = engineMethod.pointer, let bio = BIO_new(method) else {
      SSL_free(ssl)
      return nil
    }
    self.ssl = ssl
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    SSL_set_bio(ssl, bio, bio)
    SSL_set_accept_state(ssl)
  }

  deinit { SSL_free(ssl) }

  /// Whether bytes came that have not been decrypted; they may hold no whole record.
  var hasInput: Bool { !input.isEmpty || !kept.isEmpty || SSL_has_pending(ssl) == 1 }

  /// Gives encrypted bytes; the memory must stay until `keepInput`.
  func feed(_ bytes: UnsafeRawBufferPointer) {
    isFresh = false
    if kept.isEmpty { input = bytes } else { kept.append(contentsOf: bytes) }
  }

  /// Copies what was not used, because the reader's memory goes away.
  func keepInput() {
    if !input.isEmpty { kept.append(contentsOf: input) }
    input = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  func advanceHandshake() -> Progress {
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      isEstablished = true
      return .done
    }
    return SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ ? .needsMore : .failed(TLSContext.lastError())
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
    ERR_clear_error()
    let result = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
    if result > 0 { return .bytes(Int(result)) }
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needsMore
    case SSL_ERROR_ZERO_RETURN: return .ended
    default: return .failed(TLSContext.lastError())
    }
  }

  /// Encrypts up to 16 KiB into one record. Returns how many bytes, or 0 after a failure.
  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    ERR_clear_error()
    let result = SSL_write(ssl, bytes.baseAddress, Int32(bytes.count))
    if result <= 0 { failure = TLSContext.lastError() }
    return max(0, Int(result))
  }

  /// Adds the alert that says no more will come (RFC 8446 §6.1), once.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    ERR_clear_error()
    SSL_shutdown(ssl)
  }

  func consumeOutput(_ count: Int) {
    if count == output.count { output = [] } else { output.removeFirst(count) }
  }

  /// Moves waiting encrypted bytes to OpenSSL.
  fileprivate func take(into target: UnsafeMutableRawBufferPointer) -> Int {
    if kept.isEmpty {
      let count = min(target.count, input.count)
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
      input = UnsafeRawBufferPointer(rebasing: input[count...])
      return count
    }
    let count = min(target.count, kept.count)
    kept.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    if count == kept.count { kept = [] } else { kept.removeFirst(count) }
    return count
  }

  fileprivate func put(_ bytes: UnsafeRawBufferPointer) { output.append(contentsOf: bytes) }
}

/// The BIO that leads to an engine; made once, never freed.
private struct EngineMethod: @unchecked Sendable {
  // Only read once it is complete.
  let pointer: OpaquePointer?
}

private let engineMethod: EngineMethod = {
  let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tls engine")
  BIO_meth_set_read(method) { bio, target, count in
    guard let data = BIO_get_data(bio), let target, count > 0 else { return 0 }
    let engine = Unmanaged<TLSEngine>.fromOpaque(data).takeUnretainedValue()
    copenssl_bio_clear_retry(bio)
    let taken = engine.take(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
    if taken > 0 { return Int32(taken) }
    copenssl_bio_retry_read(bio)
    return -1
  }
  BIO_meth_set_write(method) { bio, source, count in
    guard let data = BIO_get_data(bio), let source, count > 0 else { return 0 }
    let engine = Unmanaged<TLSEngine>.fromOpaque(data).takeUnretainedValue()
    engine.put(UnsafeRawBufferPointer(start: source, count: Int(count)))
    return count
  }
  BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
  return EngineMethod(pointer: method)
}()
