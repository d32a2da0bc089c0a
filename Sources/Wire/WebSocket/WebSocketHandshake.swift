import Basics

/// The server's side of the opening handshake (RFC 6455 §4.2).
package struct WebSocketHandshake: Equatable, Sendable {
  /// The 101 response to send.
  package let response: HTTPResponseHead
  /// The subprotocol that was chosen; nil if the client offered none that is supported.
  package let subprotocol: String?
  /// How messages may be deflated; nil if they may not.
  package let deflate: WebSocketDeflate?

  /// Whether a request asks for a WebSocket at all.
  package static func isAsked(by request: HTTPRequestHead) -> Bool {
    request.upgradeTokens.contains { $0.lowercased() == "websocket" }
  }

  /// Checks a request and accepts it.
  ///
  /// - Parameters:
  ///   - request: what came.
  ///   - subprotocols: those supported; of them the one that the client names first is chosen.
  ///   - deflates: whether an offer of permessage-deflate may be accepted.
  /// - Throws: `websocket_upgrade_expected`, `websocket_malformed_handshake`, `websocket_version_unsupported`.
  package init(
    accepting request: HTTPRequestHead, subprotocols: [String] = [], deflates: Bool = false
  ) throws(WebSocketHandshakeError) {
    guard Self.isAsked(by: request) else { throw .upgradeExpected }
    // RFC 9110 §7.8: no switch before the whole request has come; a body would be taken for frames.
    guard request.method == .get, request.minorVersion == 1, request.framing == .none else {
      throw .malformed
    }
    guard request.fields.values(of: "Sec-WebSocket-Version") == ["13"] else { throw .unsupportedVersion }
    let keys = request.fields.values(of: "Sec-WebSocket-Key")
    guard keys.count == 1, Base64.decode(keys[0])?.count == 16 else { throw .malformed }
    let offers = try WebSocketExtensionParser.offers(
      in: request.fields.values(of: "Sec-WebSocket-Extensions"))
    let chosen = request.fields.list("Sec-WebSocket-Protocol").first { subprotocols.contains($0) }
    var fields: HTTPFields = ["Upgrade": "websocket", "Sec-WebSocket-Accept": Self.acceptKey(for: keys[0])]
    if let chosen { fields.append("Sec-WebSocket-Protocol", chosen) }
    let deflate = deflates ? WebSocketDeflate(choosingFrom: offers) : nil
    if let deflate { fields.append("Sec-WebSocket-Extensions", deflate.answer) }
    self.subprotocol = chosen
    self.deflate = deflate
    self.response = HTTPResponseHead(status: 101, fields: fields)
  }

  /// The value that proves that a server understood the key (RFC 6455 §4.2.2, step 5.4).
  package static func acceptKey(for key: String) -> String {
    Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }
}

/// Why an opening handshake is refused.
package enum WebSocketHandshakeError: CodedError, Equatable {
  /// The path is for WebSockets only, and the request asks for none.
  case upgradeExpected
  case unsupportedVersion
  case malformed
  /// The server answered a client's handshake with something else than a correct 101.
  case refused(status: Int)

  /// The status to answer with.
  package var status: HTTPStatus {
    switch self {
    case .upgradeExpected, .unsupportedVersion: 426
    case .malformed: 400
    case .refused: 502
    }
  }

  /// Fields that the answer must have.
  package var fields: HTTPFields {
    switch self {
    case .upgradeExpected, .unsupportedVersion: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"]
    case .malformed, .refused: [:]
    }
  }

  package var code: String {
    switch self {
    case .upgradeExpected: "websocket_upgrade_expected"
    case .unsupportedVersion: "websocket_version_unsupported"
    case .malformed: "websocket_malformed_handshake"
    case .refused: "websocket_refused"
    }
  }

  package var message: String {
    switch self {
    case .upgradeExpected: "This path is a WebSocket, and the request does not ask for one."
    case .unsupportedVersion: "The request asks for another version of WebSocket than 13."
    case .malformed: "The request for a WebSocket is not a valid handshake."
    case .refused(let status): "The server refused the WebSocket with status \(status)."
    }
  }

  package var hint: String? {
    self == .upgradeExpected ? "Open it with a WebSocket client." : nil
  }
}
