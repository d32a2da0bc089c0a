import COpenSSL
import Glibc

/// One certificate and key as OpenSSL has read them, with the rules of TLS here: 1.2 or later, no renegotiation, HTTP/1.1 only.
final class TLSIdentity: Sendable {
  // Complete before it is shared, and OpenSSL locks and counts it by itself.
  nonisolated(unsafe) let pointer: OpaquePointer

  init(certificateFile: String, keyFile: String) throws(EngineError) {
    for file in [certificateFile, keyFile] { try Self.checkReadable(file) }
    ERR_clear_error()
    guard let method = TLS_server_method(), let context = SSL_CTX_new(method) else {
      throw .certificate(file: certificateFile, reason: TLSContext.lastError())
    }
    do throws(EngineError) {
      try Self.load(certificateFile, keyFile, into: context)
    } catch {
      SSL_CTX_free(context)
      throw error
    }
    _ = copenssl_set_min_proto(context, TLS1_2_VERSION)
    _ = copenssl_set_mode(
      context,
      Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        | Int(SSL_MODE_RELEASE_BUFFERS))
    copenssl_disable_renegotiation(context)
    // Clients resume with tickets; a cache would keep every session here too.
    copenssl_disable_session_cache(context)
    SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
    pointer = context
  }

  deinit { SSL_CTX_free(pointer) }

  /// OpenSSL's own words for a missing file are "system lib".
  private static func checkReadable(_ file: String) throws(EngineError) {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    // Opening a folder succeeds; only reading it fails.
    var byte: UInt8 = 0
    guard descriptor >= 0, read(descriptor, &byte, 1) >= 0 else {
      throw .certificate(file: file, reason: "the file cannot be read (\(EngineError.text(of: errno)))")
    }
  }

  private static func load(_ certificate: String, _ key: String, into context: OpaquePointer)
    throws(EngineError)
  {
    guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
      throw .certificate(file: certificate, reason: TLSContext.lastError())
    }
    guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
      throw isMismatch(ERR_peek_last_error())
        ? .keyMismatch(certificate: certificate, key: key)
        : .certificate(file: key, reason: TLSContext.lastError())
    }
    guard SSL_CTX_check_private_key(context) == 1 else {
      throw .keyMismatch(certificate: certificate, key: key)
    }
  }

  private static func isMismatch(_ code: UInt) -> Bool {
    let reason = Int32(truncatingIfNeeded: code & 0x7F_FFFF)
    return reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH
  }

  /// The day after which clients refuse the certificate, as `2027-01-31`; nil when it cannot be told.
  var validUntil: String? {
    guard let certificate = SSL_CTX_get0_certificate(pointer), let moment = X509_get0_notAfter(certificate)
    else { return nil }
    var parts = tm()
    guard ASN1_TIME_to_tm(moment, &parts) == 1 else { return nil }
    let (month, day) = (parts.tm_mon + 1, parts.tm_mday)
    return "\(parts.tm_year + 1900)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }
}

/// Chooses `http/1.1` among the protocols a client offers (RFC 7301); offers without it go on without ALPN.
private func selectProtocol(
  _: OpaquePointer?, out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  outLength: UnsafeMutablePointer<UInt8>?,
  offered: UnsafePointer<UInt8>?, offeredLength: UInt32, _: UnsafeMutableRawPointer?
) -> Int32 {
  guard let offered else { return SSL_TLSEXT_ERR_NOACK }
  let bytes = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
  var position = 0
  while position < bytes.count {
    let length = Int(bytes[position])
    let name = bytes[(position + 1)...].prefix(length)
    if name.elementsEqual("http/1.1".utf8) {
      out?.pointee = offered + position + 1
      outLength?.pointee = UInt8(length)
      return SSL_TLSEXT_ERR_OK
    }
    position += 1 + length
  }
  return SSL_TLSEXT_ERR_NOACK
}
