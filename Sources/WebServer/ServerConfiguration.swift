package import EventEngine
package import Wire

/// What a server allows its peers.
package struct ServerConfiguration: Sendable {
  package var limits = HTTPLimits()
  package var deadlines = HTTPDeadlines()
  /// How many connections are taken, and how long a TLS handshake may last.
  package var admission = AdmissionLimits()
  /// Bytes of one WebSocket message; larger ones close with 1009.
  package var messageLimit = 1 << 20
  /// Frames of one WebSocket message; more close with 1009.
  package var fragmentLimit = 1024
  /// How fast a WebSocket's peer may send.
  package var inbound = InboundLimits()
  /// Whether offers of permessage-deflate are accepted.
  package var compresses = true
  /// Bytes from which on a message is worth deflating; below it saves less than a packet.
  package var compressionThreshold = 1024
  /// Bytes of answers that wait for a slow reader before its next request is looked at.
  package var unsentLimit = 256 << 10
  /// How long a peer may take no byte of an answer before its connection is aborted.
  package var stalledWrite: Duration = .seconds(30)

  package init() {}
}

/// What the room above decides for all answers.
package struct ServerHooks: Sendable {
  /// Makes the answer for an error of the server itself (no route, malformed request): status, stable code, message,
  /// hint, and the request's path as far as there is one.
  package var errorResponse: @Sendable (HTTPStatus, String, String, String?, String?) -> Response
  /// Looks at a request before its route does (host, authentication, rate); an answer ends it there.
  package var admit: (@Sendable (Request) -> Response?)?
  /// Has the last word on each answer's status and fields.
  package var finish: (@Sendable (Request?, inout Response) -> Void)?

  package init(
    errorResponse: @escaping @Sendable (HTTPStatus, String, String, String?, String?) -> Response = Self
      .plainText,
    admit: (@Sendable (Request) -> Response?)? = nil,
    finish: (@Sendable (Request?, inout Response) -> Void)? = nil
  ) {
    self.errorResponse = errorResponse
    self.admit = admit
    self.finish = finish
  }

  /// Errors as a line of text.
  package static let plainText: @Sendable (HTTPStatus, String, String, String?, String?) -> Response = {
    status, code, message, hint, _ in
    Response(status, type: "text/plain; charset=utf-8", Array("\(code): \(message) \(hint ?? "")\n".utf8))
  }
}

/// Numbers of a server over all its loops.
package struct ServerCounts: Sendable, Equatable {
  /// Requests answered or being answered, since the start.
  package var requests: UInt64 = 0
  /// Open connections that speak HTTP.
  package var connections = 0
  /// Open WebSockets.
  package var webSockets = 0
  /// Responses that are streams and not over.
  package var streams = 0

  package init() {}
}
