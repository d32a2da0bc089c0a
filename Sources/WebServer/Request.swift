package import EventEngine
package import Wire

/// One request with its whole body, as a route sees it.
package struct Request: Sendable {
  /// Names the request in logs and answers (`x-request-id`).
  package let id: String
  /// Method, target and fields as they came; what a WebSocket handshake is checked against.
  package let head: HTTPRequestHead
  /// The decoded body; empty when there is none.
  package internal(set) var body: [UInt8] = []
  /// The peer's address without the port.
  package let remoteAddress: String
  /// Whether it came over TLS.
  package let isSecure: Bool
  /// What stands for the pattern's `{names}`, decoded.
  package internal(set) var parameters: [String: String] = [:]
  /// The loop that the connection lives on; tasks of the request prefer it.
  package let loop: EventLoop

  package var method: HTTPMethod { head.method }
  /// The path, still escaped, without the query.
  package var path: String { head.target.path }
  /// The path's segments, decoded.
  package var segments: [String] { head.target.segments }
  /// The query's pairs in order, decoded.
  package var query: [RequestTarget.QueryItem] { head.target.query }
  package var fields: HTTPFields { head.fields }

  /// The first value of a name in the query, or nil.
  package func queryValue(_ name: String) -> String? { head.target.queryValue(name) }
}
