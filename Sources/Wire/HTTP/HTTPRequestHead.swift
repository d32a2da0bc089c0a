/// How a request's body ends (RFC 9112 §6.3).
package enum HTTPBodyFraming: Equatable, Sendable {
  /// There is no body.
  case none
  /// The body has this many bytes, at least one.
  case length(Int)
  /// The body comes in chunks, the last of them empty.
  case chunked
}

/// A request without its body, checked as a whole: whoever holds one may rely on it.
package struct HTTPRequestHead: Equatable, Sendable {
  /// What to do.
  package let method: HTTPMethod
  /// What to do it with.
  package let target: RequestTarget
  /// 1 for HTTP/1.1, 0 for HTTP/1.0.
  package let minorVersion: Int
  /// All header fields, in order.
  package let fields: HTTPFields
  /// Whether and how a body follows.
  package let framing: HTTPBodyFraming
  /// The client waits for `100 Continue` before it sends the body.
  package let expectsContinue: Bool
  /// The client would use the connection again.
  package let wantsKeepAlive: Bool

  /// Host and port that the request is for, from an absolute target or the Host field; empty only in HTTP/1.0.
  package var host: String { target.authority ?? fields["Host"] ?? "" }

  /// The protocols that the client would switch to; empty unless `Connection` names `Upgrade` (RFC 9110 §7.8).
  package var upgradeTokens: [String] {
    guard minorVersion == 1, fields.list("Connection", contains: "upgrade") else { return [] }
    return fields.list("Upgrade")
  }
}
