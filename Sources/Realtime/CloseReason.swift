/// Why the hub ends a socket. The range of the code tells a client what to do next:
/// 4000-4199 come back and resume, 4200-4299 come back without positions, 4300-4399 renew the token first, 4500-4999 stay away.
package enum CloseReason: UInt16, Sendable, CaseIterable {
  case draining = 4000
  case serverError = 4001
  case tooSlow = 4002
  case stalled = 4003
  case noPong = 4004
  case rateLimited = 4006
  case badRequest = 4500

  /// The code of the close frame (RFC 6455 §7.4.2: 4000-4999 are for applications).
  package var code: UInt16 { rawValue }

  /// The words beside the code.
  package var text: String {
    switch self {
    case .draining: "draining"
    case .serverError: "server error"
    case .tooSlow: "too slow"
    case .stalled: "stalled"
    case .noPong: "no pong"
    case .rateLimited: "rate limited"
    case .badRequest: "bad request"
    }
  }

  /// Whether a client may come back with its positions.
  package var canResume: Bool { code < 4200 }

  /// How long a client should wait before it comes back, in milliseconds; nil when it should not, or need not wait.
  package var retryAfterMilliseconds: Int? {
    switch self {
    case .draining: 800
    case .serverError, .rateLimited: 1000
    case .tooSlow, .stalled, .noPong, .badRequest: nil
    }
  }
}
