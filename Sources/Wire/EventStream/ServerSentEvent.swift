/// One event of a `text/event-stream` (WHATWG HTML §9.2).
package struct ServerSentEvent: Equatable, Sendable {
  /// The position a client sends back as `Last-Event-ID`; nil leaves the client's as it is, empty resets it.
  package var id: String?
  /// The event's name; nil stands for `message`.
  package var event: String?
  /// What the client waits before it reconnects, in milliseconds.
  package var retry: Int?
  /// The data lines, joined by LF; UTF-8.
  package var data: [UInt8]

  /// Builds an event; nil leaves a field out.
  package init(id: String? = nil, event: String? = nil, retry: Int? = nil, data: [UInt8] = []) {
    self.id = id
    self.event = event
    self.retry = retry
    self.data = data
  }

  /// The data as text; invalid UTF-8 shows as U+FFFD, as browsers do it.
  package var text: String { String(decoding: data, as: UTF8.self) }

  /// A comment, which clients ignore: sent at once and every 15 s, it keeps proxies from closing or buffering.
  package static let keepAlive: [UInt8] = Array(":\n\n".utf8)

  /// The event as it goes over the wire, ended by its empty line. Without data it only moves the client's id.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + 64)
    append(to: &bytes)
    return bytes
  }

  /// Appends the encoded event to a buffer.
  ///
  /// A line break inside `id` or `event`, or a NUL inside `id`, would forge other fields: such a field is left out.
  package func append(to bytes: inout [UInt8]) {
    if let event, !Self.breaksLine(event) { Self.append("event", event.utf8, to: &bytes) }
    if let id, !Self.breaksLine(id), !id.utf8.contains(0) { Self.append("id", id.utf8, to: &bytes) }
    if let retry { Self.append("retry", String(retry).utf8, to: &bytes) }
    if !data.isEmpty { Self.appendLines(of: data, to: &bytes) }
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func breaksLine(_ text: String) -> Bool {
    text.utf8.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
  }

  /// One `data` line for each line of the data; CR and CR LF end a line too, as every client reads them.
  private static func appendLines(of data: [UInt8], to bytes: inout [UInt8]) {
    var start = 0
    for (index, byte) in data.enumerated() where byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
      let isSecondHalf = byte == UInt8(ascii: "\n") && index > 0 && data[index - 1] == UInt8(ascii: "\r")
      if !isSecondHalf { append("data", data[start..<index], to: &bytes) }
      start = index + 1
    }
    append("data", data[start...], to: &bytes)
  }

  private static func append(_ field: String, _ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: field.utf8)
    bytes.append(contentsOf: ": ".utf8)
    bytes.append(contentsOf: value)
    bytes.append(UInt8(ascii: "\n"))
  }
}
