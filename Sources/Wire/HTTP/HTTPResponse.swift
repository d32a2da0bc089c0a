/// A response without its body.
///
/// Date, Content-Length, Transfer-Encoding and Connection are the encoder's; such fields of the head are left out.
package struct HTTPResponseHead: Equatable, Sendable {
  /// How the request went.
  package var status: HTTPStatus
  /// The header fields, without those of the encoder.
  package var fields: HTTPFields

  /// Builds a head.
  package init(status: HTTPStatus, fields: HTTPFields = HTTPFields()) {
    self.status = status
    self.fields = fields
  }
}

/// What is known about a response's body when its head is sent.
package enum HTTPBodyLength: Equatable, Sendable {
  /// The body has exactly this many bytes.
  case known(Int)
  /// The body is a stream; it goes out in chunks, or to the connection's end for an HTTP/1.0 client.
  case unknown
}
