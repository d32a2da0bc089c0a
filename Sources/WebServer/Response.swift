package import EventEngine
package import Wire

/// What follows a response's head.
package enum ResponseBody: Sendable {
  case none
  case bytes([UInt8])
  /// A stream of unknown length; the closure is called on the connection's loop once the head is out.
  case stream(@Sendable (Loop, ResponseStream) -> Void)
  /// The connection becomes a WebSocket. The status is 101, or the error of a handshake that is none.
  case upgrade(subprotocol: String?, @Sendable (Loop, WebSocketConnection) -> Void)
}

/// The answer to one request. Length, date, connection and request id are added by the server.
package struct Response: Sendable {
  package var status: HTTPStatus
  package var fields: HTTPFields
  package var body: ResponseBody

  package init(_ status: HTTPStatus, fields: HTTPFields = HTTPFields(), body: ResponseBody = .none) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  /// A response with bytes of a media type.
  package init(_ status: HTTPStatus = 200, type: String, _ bytes: [UInt8], fields: HTTPFields = HTTPFields())
  {
    self.status = status
    self.fields = fields
    self.fields.append("Content-Type", type)
    body = .bytes(bytes)
  }

  /// A response that makes the connection a WebSocket.
  package static func upgrade(
    subprotocol: String? = nil, fields: HTTPFields = HTTPFields(),
    _ begin: @escaping @Sendable (Loop, WebSocketConnection) -> Void
  ) -> Response {
    Response(101, fields: fields, body: .upgrade(subprotocol: subprotocol, begin))
  }
}
