/// Actions in HTTP's words.
extension ScriptedUpstream.Action {
  /// A whole answer with a length.
  package static func response(
    _ body: String, status: Int = 200, type: String = "application/json", fields: [String] = []
  ) -> Self {
    .response(Array(body.utf8), status: status, type: type, fields: fields)
  }

  package static func response(
    _ body: [UInt8], status: Int = 200, type: String = "application/json", fields: [String] = []
  ) -> Self {
    .write(head(status, ["Content-Type: \(type)", "Content-Length: \(body.count)"] + fields) + body)
  }

  /// The head of an answer whose chunks follow.
  package static func chunkedHead(
    status: Int = 200, type: String = "text/event-stream", fields: [String] = []
  ) -> Self {
    .write(head(status, ["Content-Type: \(type)", "Transfer-Encoding: chunked"] + fields))
  }

  /// One chunk; it must not be empty.
  package static func chunk(_ text: String) -> Self { .chunk(Array(text.utf8)) }

  package static func chunk(_ bytes: [UInt8]) -> Self {
    .write(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
  }

  /// The end of the chunks.
  package static let lastChunk = Self.write(Array("0\r\n\r\n".utf8))

  /// Bytes as they are.
  package static func text(_ text: String) -> Self { .write(Array(text.utf8)) }

  private static func head(_ status: Int, _ fields: [String]) -> [UInt8] {
    Array("HTTP/1.1 \(status) Scripted\r\n\(fields.map { "\($0)\r\n" }.joined())\r\n".utf8)
  }
}
