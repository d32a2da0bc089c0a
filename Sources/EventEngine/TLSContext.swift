import COpenSSL
import Synchronization

/// What listeners serve TLS with: a certificate and its key, which can be read anew while connections go on.
package final class TLSContext: Sendable {
  private let certificateFile: String
  private let keyFile: String
  private let identity: Mutex<TLSIdentity>

  /// Reads a certificate with its chain, and its key, from PEM files.
  package init(certificateFile: String, keyFile: String) throws(EngineError) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    identity = Mutex(try TLSIdentity(certificateFile: certificateFile, keyFile: keyFile))
  }

  /// Reads both files again: handshakes from now on use what they hold. Connections keep what they began with, and so do all when this
  /// throws.
  package func reload() throws(EngineError) {
    let fresh = try TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
    identity.withLock { $0 = fresh }
  }

  /// The day after which clients refuse the certificate, as `2027-01-31`; nil when it cannot be told.
  package var validUntil: String? { current.validUntil }

  /// What the next handshake uses. A session of OpenSSL holds its own share of it.
  var current: TLSIdentity { identity.withLock { $0 } }

  /// The first error of OpenSSL's queue in words; the queue is empty afterwards.
  static func lastError() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let text = ERR_reason_error_string(code) else { return "the stream was cut" }
    return String(cString: text)
  }
}
