/// Reads a `text/event-stream` whatever pieces its bytes come in, as a client does (WHATWG HTML §9.2.6).
///
/// Model servers deviate from the standard; `tolerance` says how much of that is taken.
package struct ServerSentEventParser: Sendable {
  /// How deviations are taken.
  package enum Tolerance: Sendable {
    /// An event without its empty line is dropped, unknown fields are ignored.
    case none
    /// As model servers need it: an event that ends with the stream counts when it is whole JSON or `[DONE]`, a line that is bare
    /// JSON (or begins it) and a line `error: {…}` are errors that the server put into the stream.
    case modelServers
  }

  /// What the bytes turned out to be.
  package enum Part: Equatable, Sendable {
    case event(ServerSentEvent)
    /// A comment: the server is alive, nothing more.
    case keepAlive
    /// JSON outside any event, an error body put into the stream. Only with `.modelServers`.
    case strayJSON([UInt8])
  }

  /// The last `id` seen, which a client sends when it reconnects.
  package private(set) var lastEventID = ""

  private let tolerance: Tolerance
  private let eventLimit: Int
  private var lines: LineParser
  private var isAtStart = true
  private var event = ServerSentEvent()
  private var hasData = false
  private var stray = StrayJSON()

  /// - Parameters:
  ///   - lineLimit: bytes that one line may have.
  ///   - eventLimit: bytes that one event's data may have.
  package init(tolerance: Tolerance = .none, lineLimit: Int = 8 << 20, eventLimit: Int = 16 << 20) {
    self.tolerance = tolerance
    self.eventLimit = eventLimit
    self.lines = LineParser(format: .eventStream, limit: lineLimit)
  }

  /// Takes the next bytes and gives what they complete.
  ///
  /// - Throws: `stream_line_too_long`, `stream_event_too_long`.
  package mutating func receive(_ bytes: [UInt8]) throws(StreamFormatError) -> [Part] {
    var parts: [Part] = []
    for line in try lines.receive(bytes) { try take(line, into: &parts) }
    return parts
  }

  /// Says that the bytes are over, and gives what counts although its empty line never came.
  ///
  /// - Throws: `stream_event_too_long`.
  package mutating func end() throws(StreamFormatError) -> [Part] {
    var parts: [Part] = []
    // The standard drops an unfinished event, its last line included.
    guard tolerance == .modelServers else { return parts }
    if let line = lines.end() { try take(line, into: &parts) }
    if event.isWholeForModelServers { dispatch(into: &parts) }
    event = ServerSentEvent()
    return parts
  }

  private mutating func take(_ line: [UInt8], into parts: inout [Part]) throws(StreamFormatError) {
    var line = line[...]
    if isAtStart {
      isAtStart = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
    }
    if try takeStray(line, into: &parts) { return }
    guard let first = line.first else { return dispatch(into: &parts) }
    guard first != UInt8(ascii: ":") else { return parts.append(.keepAlive) }
    let name = line.prefix { $0 != UInt8(ascii: ":") }
    var value = line.dropFirst(name.count + 1)
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    try takeField(name, value, into: &parts)
  }

  private mutating func takeField(
    _ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, into parts: inout [Part]
  ) throws(StreamFormatError) {
    switch String(decoding: name, as: UTF8.self) {
    case "data":
      guard event.data.count + value.count < eventLimit else { throw .eventTooLong(limit: eventLimit) }
      if hasData { event.data.append(UInt8(ascii: "\n")) }
      event.data.append(contentsOf: value)
      hasData = true
    case "event": event.event = String(decoding: value, as: UTF8.self)
    case "id" where !value.contains(0):
      lastEventID = String(decoding: value, as: UTF8.self)
      event.id = lastEventID
    case "retry":
      let isNumber = value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      if isNumber { event.retry = Int(String(decoding: value, as: UTF8.self)) }
    case "error" where tolerance == .modelServers && value.first == UInt8(ascii: "{"):
      parts.append(.strayJSON(Array(value)))
    default: break
    }
  }

  /// Takes a line that is JSON by itself, or goes on with JSON that an earlier line began.
  private mutating func takeStray(
    _ line: ArraySlice<UInt8>, into parts: inout [Part]
  ) throws(StreamFormatError) -> Bool {
    guard tolerance == .modelServers else { return false }
    guard stray.isOpen || line.first == UInt8(ascii: "{") || line.first == UInt8(ascii: "[") else {
      return false
    }
    guard stray.bytes.count + line.count < eventLimit else { throw .eventTooLong(limit: eventLimit) }
    if let document = stray.take(line) { parts.append(.strayJSON(document)) }
    return true
  }

  private mutating func dispatch(into parts: inout [Part]) {
    if !event.data.isEmpty { parts.append(.event(event)) }
    event = ServerSentEvent()
    hasData = false
  }
}

extension ServerSentEvent {
  /// Whether data that lacks its empty line is nevertheless whole: `[DONE]` or a JSON document.
  fileprivate var isWholeForModelServers: Bool {
    var brackets = StrayJSON()
    let trimmed = data.drop { $0 == UInt8(ascii: " ") }
    guard let first = trimmed.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      return false
    }
    return brackets.take(trimmed) != nil
  }
}
