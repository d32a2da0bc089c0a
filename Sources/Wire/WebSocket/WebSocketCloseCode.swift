/// Why a WebSocket ends (RFC 6455 §7.4).
package struct WebSocketCloseCode: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// The number on the wire.
  package let code: UInt16

  /// Takes any number, valid on the wire or not.
  package init(_ code: UInt16) { self.code = code }
  package init(integerLiteral code: UInt16) { self.code = code }

  package var description: String { "\(code)" }

  /// The purpose is fulfilled.
  package static let normal: Self = 1000
  /// The server shuts down, or the browser leaves the page.
  package static let goingAway: Self = 1001
  /// The peer broke the protocol.
  package static let protocolError: Self = 1002
  /// The peer sent a kind of message that is not taken.
  package static let unsupportedData: Self = 1003
  /// Never on the wire: the Close frame had no code.
  package static let none: Self = 1005
  /// Never on the wire: the connection ended without a Close frame.
  package static let abnormal: Self = 1006
  /// A text message was not UTF-8, or a compressed one could not be inflated.
  package static let invalidText: Self = 1007
  /// The peer broke a rule of ours.
  package static let policyViolation: Self = 1008
  /// A message was larger than the limit.
  package static let messageTooBig: Self = 1009
  /// The server failed.
  package static let serverError: Self = 1011

  /// Whether a Close frame may carry the code: those the RFC and IANA define for it, libraries' and applications'.
  package var isValidOnWire: Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
