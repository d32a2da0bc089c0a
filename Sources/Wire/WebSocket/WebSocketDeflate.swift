/// What permessage-deflate was agreed on for one connection (RFC 7692 §7).
///
/// Each message is deflated on its own in both directions, so that no connection keeps a window and one deflated message
/// can go to many. The client's window needs no agreement: ours for inflating is the largest.
package struct WebSocketDeflate: Equatable, Sendable {
  /// The name that clients offer it by.
  package static let name = "permessage-deflate"
  /// Windows that zlib can keep; 8 bits is not one of them.
  private static let possibleBits = 9...15

  /// The window, in bits, of who asked for none.
  package static let largestWindow: UInt8 = 15

  /// How far back what we send may refer to itself, in bits.
  package let windowBits: UInt8
  /// Whether the client asked for that window, so that our answer must name it.
  private let isWindowAsked: Bool

  /// The first of a client's offers that we can keep; nil when there is none.
  package init?(choosingFrom offers: [WebSocketExtensionOffer]) {
    for offer in offers {
      guard let accepted = Self(accepting: offer) else { continue }
      self = accepted
      return
    }
    return nil
  }

  /// Declines what §7 tells a server to decline: a parameter that it does not define, one that comes twice, or one with
  /// a value out of its range.
  private init?(accepting offer: WebSocketExtensionOffer) {
    guard offer.name == Self.name else { return nil }
    var seen: Set<String> = []
    var asked: UInt8?
    for parameter in offer.parameters {
      guard seen.insert(parameter.name).inserted else { return nil }
      switch (parameter.name, parameter.value) {
      case ("server_no_context_takeover", nil), ("client_no_context_takeover", nil): break
      case ("client_max_window_bits", nil): break
      case ("client_max_window_bits", let value?):
        guard Self.bits(value) != nil else { return nil }
      case ("server_max_window_bits", let value?):
        guard let bits = Self.bits(value), Self.possibleBits.contains(Int(bits)) else { return nil }
        asked = bits
      default: return nil
      }
    }
    windowBits = asked ?? Self.largestWindow
    isWindowAsked = asked != nil
  }

  /// The decimal of §7.1.2: 8 to 15 without leading zeros.
  private static func bits(_ value: String) -> UInt8? {
    guard value.first != "0", value.utf8.allSatisfy(HTTPSyntax.isDigit), let bits = UInt8(value) else {
      return nil
    }
    return (8...15).contains(bits) ? bits : nil
  }

  /// The value of `Sec-WebSocket-Extensions` in our answer.
  package var answer: String {
    let window = isWindowAsked ? "; server_max_window_bits=\(windowBits)" : ""
    return "\(Self.name); server_no_context_takeover; client_no_context_takeover\(window)"
  }
}
