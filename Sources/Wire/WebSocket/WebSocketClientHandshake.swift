import Basics

/// The client's side of the opening handshake (RFC 6455 §4.1), for tests and benchmarks.
package struct WebSocketClientHandshake: Sendable {
  /// What a server's acceptance said.
  package struct Acceptance: Equatable, Sendable {
    /// What the server chose of the offered subprotocols; nil if nothing.
    package let subprotocol: String?
    /// The extensions that the server agreed to, as it wrote them; nil if none.
    package let extensions: String?
    /// Bytes of the answer; frames follow it.
    package let count: Int
  }

  /// The bytes to send.
  package let request: [UInt8]
  private let key: String

  /// - Parameters:
  ///   - host: for the Host field, with the port.
  ///   - nonce: 16 random bytes.
  ///   - subprotocols: in order of preference.
  ///   - fields: more fields, such as Origin.
  package init(
    host: String, path: String = "/", nonce: [UInt8], subprotocols: [String] = [], fields: HTTPFields = [:]
  ) {
    self.key = Base64.encode(nonce)
    var all: HTTPFields = [
      "Host": host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": key,
    ]
    if !subprotocols.isEmpty { all.append("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")) }
    var bytes = Array("GET \(path) HTTP/1.1\r\n".utf8)
    all.appendLines(to: &bytes, except: [])
    fields.appendLines(to: &bytes, except: [])
    bytes.append(contentsOf: "\r\n".utf8)
    self.request = bytes
  }

  /// Checks the bytes that came back so far; nil means that more are needed.
  ///
  /// - Throws: `websocket_refused`.
  package func check(_ answer: [UInt8]) throws(WebSocketHandshakeError) -> Acceptance? {
    guard let end = Self.headEnd(answer) else { return nil }
    let lines = String(decoding: answer[..<end], as: UTF8.self).split(separator: "\r\n")
    let status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let name = line.prefix { $0 != ":" }
      let value = line.dropFirst(name.count + 1).drop { $0 == " " }
      fields[name.lowercased()] = String(value)
    }
    let accept = fields["sec-websocket-accept"]
    guard status == 101, accept == WebSocketHandshake.acceptKey(for: key) else {
      throw .refused(status: status)
    }
    return Acceptance(
      subprotocol: fields["sec-websocket-protocol"], extensions: fields["sec-websocket-extensions"],
      count: end)
  }

  private static func headEnd(_ answer: [UInt8]) -> Int? {
    var offset = 0
    while let feed = answer.span.firstOffset(of: UInt8(ascii: "\n"), from: offset) {
      if feed >= 3, answer[(feed - 3)...feed].elementsEqual("\r\n\r\n".utf8) { return feed + 1 }
      offset = feed + 1
    }
    return nil
  }
}
