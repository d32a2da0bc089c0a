/// What the driver of a connection does next. Each is done before the machine is asked again.
package enum HTTPConnectionAction: Equatable, Sendable {
  /// Serve this request. Its body follows, and `requestEnded` in any case.
  case request(HTTPRequestHead)
  /// Hand this piece of the body to the request in service.
  case body([UInt8])
  /// Tell the request in service that its body is whole.
  case requestEnded
  /// Send these bytes now (`100 Continue`).
  case send([UInt8])
  /// Stop the request in service, if any, and answer with the error's status like to any other request.
  case refuse(HTTPParseError)
  /// Stop the request in service and drop the connection: no complete answer can reach the peer.
  case abandon
  /// Send what is queued, then close; bytes that still come are read and dropped for a while (RFC 9112 §9.6).
  case close
  /// Nothing to do until the next fact.
  case wait
}
