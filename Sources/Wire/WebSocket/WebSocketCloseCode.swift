/// Why a WebSocket ends (RFC 6455 §7.4).
package struct WebSocketCloseCode: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  package let code: UInt16

  package init(_ code: UInt16) { self.code = code }
  package init(integerLiteral code: UInt16) { self.code = code }

  package var description: String { "\(code)" }

  package static let normal: Self = 1000
  package static let goingAway: Self = 1001
  package static let protocolError: Self = 1002
  package static let unsupportedData: Self = 1003
  /// Never on the wire: the Close frame had no code.
  package static let none: Self = 1005
  /// Never on the wire: the connection ended without a Close frame.
  package static let abnormal: Self = 1006
  package static let invalidText: Self = 1007
  package static let policyViolation: Self = 1008
  package static let messageTooBig: Self = 1009
  package static let serverError: Self = 1011

  /// Whether a Close frame may carry the code: those the RFC and IANA define for it, libraries' and applications'.
  package var isValidOnWire: Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
