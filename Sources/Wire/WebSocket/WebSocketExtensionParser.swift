import Basics

/// One extension that a client offers, with its parameters in order (RFC 6455 §9.1).
package struct WebSocketExtensionOffer: Equatable, Sendable {
  /// `name` alone, or `name=value`; a quoted value without its quotes.
  package struct Parameter: Equatable, Sendable {
    package let name: String
    package let value: String?

    package init(_ name: String, _ value: String? = nil) {
      self.name = name
      self.value = value
    }
  }

  package let name: String
  package let parameters: [Parameter]

  package init(_ name: String, _ parameters: [Parameter] = []) {
    self.name = name
    self.parameters = parameters
  }
}

/// Reads the value of `Sec-WebSocket-Extensions`: `name; parameter; parameter=value, name`.
package struct WebSocketExtensionParser {
  private let bytes: [UInt8]
  private var position = 0

  private init(_ value: String) { bytes = Array(value.utf8) }

  /// The offers of all of a request's lines, in order. Empty elements of the list are skipped (RFC 9110 §5.6.1.2).
  ///
  /// - Throws: `websocket_malformed_handshake` for what is not the grammar's; RFC 6455 §9.1 leaves no choice.
  package static func offers(
    in lines: [String]
  ) throws(WebSocketHandshakeError) -> [WebSocketExtensionOffer] {
    var offers: [WebSocketExtensionOffer] = []
    for line in lines {
      var parser = Self(line)
      while true {
        while parser.take(",") {}
        guard !parser.isAtEnd else { break }
        offers.append(try parser.offer())
        guard parser.isAtEnd || parser.take(",") else { throw .malformed }
      }
    }
    return offers
  }

  private mutating func offer() throws(WebSocketHandshakeError) -> WebSocketExtensionOffer {
    let name = try token()
    var parameters: [WebSocketExtensionOffer.Parameter] = []
    while take(";") {
      let name = try token()
      parameters.append(.init(name, take("=") ? try value() : nil))
    }
    return WebSocketExtensionOffer(name, parameters)
  }

  private mutating func token() throws(WebSocketHandshakeError) -> String {
    skipBlanks()
    let start = position
    while position < bytes.count, HTTPSyntax.isToken(bytes[position]) { position += 1 }
    guard position > start else { throw .malformed }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func value() throws(WebSocketHandshakeError) -> String {
    guard take("\"") else { return try token() }
    var value: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") { position += 1 }
      guard position < bytes.count else { throw .malformed }
      value.append(bytes[position])
      position += 1
    }
    // "The value after quoted-string unescaping MUST conform to the 'token' ABNF."
    guard position < bytes.count, HTTPSyntax.isToken(value.span) else { throw .malformed }
    position += 1
    return String(decoding: value, as: UTF8.self)
  }

  /// Whether this character comes next, with blanks before it; then both are read.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while position < bytes.count, HTTPSyntax.isBlank(bytes[position]) { position += 1 }
  }

  private var isAtEnd: Bool { position == bytes.count }
}
