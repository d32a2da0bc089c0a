import Basics

/// Why a transfer failed. Messages name the host, never a path, a field or a body.
package struct FetchError: CodedError, Equatable {
  /// Which failure it is; the raw value is the stable code.
  package enum Code: String, Sendable, CaseIterable {
    case badURL = "bad_url"
    case badField = "bad_field"
    case hostNotFound = "host_not_found"
    case connectFailed = "connect_failed"
    /// The name leads to an address that is never called, see `BlockedAddress`.
    case blockedAddress = "blocked_address"
    case tlsFailed = "tls_failed"
    case timeoutConnect = "timeout_connect"
    case timeoutFirstByte = "timeout_first_byte"
    case timeoutIdle = "timeout_idle"
    case timeoutTotal = "timeout_total"
    /// The body ended before its announced end.
    case truncated
    /// The connection broke after the request was sent; the server may have worked on it.
    case connectionLost = "connection_lost"
    /// The answer is not HTTP as we speak it.
    case invalidResponse = "invalid_response"
    case cancelled
    /// curl refused something that it should not have; a bug or a lack of memory.
    case curlFailed = "curl_failed"
  }

  package let kind: Code
  package let message: String
  package let hint: String?

  package var code: String { kind.rawValue }

  init(_ kind: Code, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }
}

extension FetchError {
  static func cancelled(host: String) -> FetchError {
    FetchError(.cancelled, "The transfer from \(host) was cancelled.")
  }

  static func blockedAddress(host: String, allowsPrivate: Bool) -> FetchError {
    FetchError(
      .blockedAddress,
      "The host \(host) leads to an address that is \(allowsPrivate ? "never" : "not") called.",
      hint: allowsPrivate
        ? "Link-local, multicast and metadata addresses are refused; check the base URL."
        : "Agents may not name addresses of this machine and of private networks here: AGENTHUB_PRIVATE_PROVIDERS=on allows it."
    )
  }

  /// Names a timeout and how long was waited.
  static func timeout(_ kind: Code, host: String, after limit: Duration) -> FetchError {
    let waited = limit.formatted
    return switch kind {
    case .timeoutConnect:
      FetchError(
        kind, "Could not connect to \(host) within \(waited).",
        hint: "Is the host reachable from this machine?")
    case .timeoutFirstByte:
      FetchError(
        kind, "\(host) sent nothing within \(waited).",
        hint: "A cold model can need longer: raise the first-byte timeout.")
    case .timeoutIdle:
      FetchError(
        kind, "\(host) stopped sending for \(waited).",
        hint: "Raise the idle timeout if the model thinks that long.")
    default:
      FetchError(
        kind, "\(host) did not finish within \(waited).", hint: "Raise the total timeout for long answers.")
    }
  }
}

extension Duration {
  /// Seconds, or milliseconds below one second.
  fileprivate var formatted: String {
    let milliseconds = nanoseconds / 1_000_000
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
  }
}
