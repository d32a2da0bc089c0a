import Basics
import Glibc

/// What can go wrong with sockets, threads and certificates.
package enum EngineError: CodedError, Equatable {
  /// Another server listens on the port.
  case portTaken(host: String, port: UInt16)
  /// The address is no address of this machine, or no address at all.
  case badAddress(host: String, reason: String)
  /// The system does not let this user listen there.
  case portForbidden(host: String, port: UInt16)
  /// A certificate or key cannot be used.
  case certificate(file: String, reason: String)
  /// The private key belongs to another certificate.
  case keyMismatch(certificate: String, key: String)
  /// A system call failed while something was being done.
  case system(doing: String, number: Int32)

  package var code: String {
    switch self {
    case .portTaken: "port_taken"
    case .badAddress: "bad_address"
    case .portForbidden: "port_forbidden"
    case .certificate: "bad_certificate"
    case .keyMismatch: "key_mismatch"
    case .system: "system_error"
    }
  }

  package var message: String {
    switch self {
    case .portTaken(let host, let port):
      "Listening on \(host) port \(port): the port is taken by another program."
    case .badAddress(let host, let reason): "Listening on \(host): \(reason)."
    case .portForbidden(let host, let port):
      "Listening on \(host) port \(port): the system does not permit it to this user."
    case .certificate(let file, let reason): "Reading \(file) for TLS: \(reason)."
    case .keyMismatch(let certificate, let key):
      "The key in \(key) does not belong to the certificate in \(certificate)."
    case .system(let doing, let number): "\(doing): \(Self.text(of: number))."
    }
  }

  package var hint: String? {
    switch self {
    case .portTaken(_, let port):
      "Stop that program (`ss -ltnp 'sport = :\(port)'` names it), or choose another port; 0 takes any free one."
    case .badAddress: "Use 127.0.0.1, 0.0.0.0, ::1, ::, or an address of this machine."
    case .portForbidden: "Ports below 1024 need the capability CAP_NET_BIND_SERVICE; choose a higher one."
    case .certificate:
      "Give a PEM file: the certificate first, then its chain; the key without a pass phrase."
    case .keyMismatch: "Give the key that the certificate was requested with."
    case .system: nil
    }
  }

  /// The current errno, with what was being done.
  static func current(_ doing: String) -> EngineError { .system(doing: doing, number: errno) }

  /// What the system calls an errno.
  static func text(of number: Int32) -> String {
    guard let text = strerror(number) else { return "error \(number)" }
    return String(cString: text)
  }
}
