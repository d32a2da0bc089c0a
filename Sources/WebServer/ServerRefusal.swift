import EventEngine
import Wire

// What a peer is told whose connection is not served at all.
extension ServerFace {
  /// The bytes of an answer that nobody asked for; the connection ends behind it.
  func refusal(_ reason: AdmissionRefusal, date: String) -> [UInt8] {
    var response =
      switch reason {
      case .full:
        hooks.errorResponse(
          503, "too_many_connections", "The server has as many connections as it may have.",
          "Try again in a moment; AGENTHUB_MAX_CONNECTIONS is the limit.", nil)
      case .peerFull:
        hooks.errorResponse(
          503, "too_many_connections", "Your address has as many connections as one may have.",
          "Close some of them; AGENTHUB_MAX_CONNECTIONS_PER_ADDRESS is the limit.", nil)
      case .notTLS:
        hooks.errorResponse(
          400, "tls_expected", "This port speaks HTTPS, and the request came in plain text.",
          "Use https:// in place of http://, or wss:// in place of ws://.", nil)
      }
    if response.status == 503 { response.fields.set("Retry-After", "2") }
    hooks.finish?(nil, &response)
    guard case .bytes(let body) = response.body else { return [] }
    let encoder = HTTPResponseEncoder(
      HTTPResponseHead(status: response.status, fields: response.fields), length: .known(body.count), to: nil,
      keepsAlive: false)
    var bytes: [UInt8] = []
    encoder.appendHead(date: date, to: &bytes)
    encoder.appendBody(body, to: &bytes)
    encoder.appendEnd(to: &bytes)
    return bytes
  }
}
