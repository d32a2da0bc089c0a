/// A response as a test's client sees it.
package struct RawResponse {
  package let status: Int
  /// Field values by lower-case name; several lines of one name are joined with a comma.
  package let fields: [String: String]
  package let body: [UInt8]

  package var text: String { String(decoding: body, as: UTF8.self) }
}

extension RawSocket {
  /// Reads one response: head, and body by its length, its chunks, or the stream's end.
  ///
  /// - Parameter hasBody: false for the answer to HEAD.
  package func receiveResponse(hasBody: Bool = true) throws(RawSocketError) -> RawResponse {
    let head = try receive(through: "\r\n\r\n").split(separator: "\r\n").map(String.init)
    let words = head.first?.split(separator: " ").map(String.init) ?? []
    guard words.count >= 2, let status = Int(words[1]) else {
      throw RawSocketError(description: "no status line: \(head)")
    }
    var fields: [String: String] = [:]
    for line in head.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1).map { String($0) }
      let name = parts[0].lowercased()
      let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
      fields[name] = fields[name].map { $0 + "," + value } ?? value
    }
    let body = try hasBody && status >= 200 && status != 204 && status != 304 ? receiveBody(fields) : []
    return RawResponse(status: status, fields: fields, body: body)
  }

  private func receiveBody(_ fields: [String: String]) throws(RawSocketError) -> [UInt8] {
    if let length = fields["content-length"].flatMap({ Int($0) }) { return try receive(exactly: length) }
    guard fields["transfer-encoding"] == "chunked" else { return try receiveAll() }
    var body: [UInt8] = []
    while true {
      guard let size = Int(try receive(through: "\r\n").dropLast(1), radix: 16) else {
        throw RawSocketError(description: "no chunk size")
      }
      body += try receive(exactly: size)
      guard try receive(exactly: 2) == [13, 10] else {
        throw RawSocketError(description: "a chunk without end")
      }
      if size == 0 { return body }
    }
  }

  /// Sends a request line and fields with `Host: test`, and returns the response.
  package func exchange(
    _ requestLine: String, _ fields: String = "", body: String = "", hasBody: Bool = true
  ) throws(RawSocketError) -> RawResponse {
    try send("\(requestLine) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n\(body)")
    return try receiveResponse(hasBody: hasBody)
  }
}

/// A frame as a test's WebSocket client sees it.
package struct RawFrame: Equatable, CustomStringConvertible {
  /// The first byte: FIN, reserved bits and opcode.
  package let first: UInt8
  package let payload: [UInt8]

  package init(first: UInt8, payload: [UInt8]) {
    self.first = first
    self.payload = payload
  }

  package var text: String { String(decoding: payload, as: UTF8.self) }
  /// The code of a Close frame.
  package var closeCode: Int? {
    first == 0x88 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
  }
  package var description: String { "\(first): \(text)" }
}

extension RawSocket {
  /// Upgrades to a WebSocket. `early` is sent in the same write as the request.
  package func openWebSocket(
    _ path: String, fields: String = "", early: [UInt8] = []
  ) throws(RawSocketError) -> RawResponse {
    let request = """
      GET \(path) HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(fields)\r\n
      """
    try send(Array(request.utf8) + early)
    return try receiveResponse(hasBody: false)
  }

  /// Reads one frame of a server.
  package func receiveFrame() throws(RawSocketError) -> RawFrame {
    let head = try receive(exactly: 2)
    var length = Int(head[1] & 0x7F)
    if length >= 126 {
      length = try receive(exactly: length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
    }
    return RawFrame(first: head[0], payload: try receive(exactly: length))
  }
}
