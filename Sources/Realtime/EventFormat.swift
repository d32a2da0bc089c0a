import Model
import Wire

/// How one event looks in each transport's format.
enum EventFormat {
  /// Adds an event whose frame is in the log for one connection, deflated if it is large and the client takes it so.
  static func append(
    _ number: Int64, of log: FrameLog, _ event: Event, epoch: String, for transport: any Transport,
    to bytes: inout [UInt8]
  ) {
    if let frame = deflated(number, of: log, for: transport) { return bytes.append(contentsOf: frame) }
    let frame = log.frame(number)
    switch transport.format {
    case .webSocket: bytes.append(contentsOf: frame)
    case .eventStream:
      appendEventStream(json(ofWebSocketFrame: frame), of: event, epoch: epoch, to: &bytes)
    }
  }

  /// A large frame's deflated form, made once for all connections of the loop; nil for one that is small, and for a client that takes none.
  static func deflated(_ number: Int64, of log: FrameLog, for transport: any Transport) -> [UInt8]? {
    guard log.frame(number).count <= transport.deflateLimit else { return nil }
    return log.deflated(number) { frame in
      transport.deflated(json(ofWebSocketFrame: frame))
    }
  }

  /// Adds a stored event for one connection, deflated if it is large and the client takes it so. As long as the event's frame is in the log,
  /// that is done once for all: when a crowd comes back, everybody misses the same.
  static func append(
    json: [UInt8], of event: Event, epoch: String, for transport: any Transport, sharing log: FrameLog,
    to bytes: inout [UInt8]
  ) {
    if json.count <= transport.deflateLimit, let frame = deflated(json, event.offset, transport, log) {
      bytes.append(contentsOf: frame)
    } else {
      append(json: json, of: event, epoch: epoch, as: transport.format, to: &bytes)
    }
  }

  private static func deflated(
    _ json: [UInt8], _ offset: Int64, _ transport: any Transport, _ log: FrameLog
  ) -> [UInt8]? {
    json.withUnsafeBytes { json in
      guard log.keeps(offset) else { return transport.deflated(json) }
      return log.deflated(offset) { _ in transport.deflated(json) }
    }
  }

  /// Adds an event from its JSON.
  static func append(
    json: [UInt8], of event: Event, epoch: String, as format: TransportFormat, to bytes: inout [UInt8]
  ) {
    switch format {
    case .webSocket:
      WebSocketFrame.appendHeader(.text, length: json.count, to: &bytes)
      bytes.append(contentsOf: json)
    case .eventStream:
      appendEventStream(json, of: event, epoch: epoch, to: &bytes)
    }
  }

  /// `id:` is epoch:seq for events of a conversation, so that `Last-Event-ID` resumes; others have only an offset and no id.
  private static func appendEventStream(
    _ json: some Collection<UInt8>, of event: Event, epoch: String, to bytes: inout [UInt8]
  ) {
    if event.conversation != nil { bytes.append(contentsOf: "id: \(epoch):\(event.seq)\n".utf8) }
    bytes.append(contentsOf: "data: ".utf8)
    bytes.append(contentsOf: json)
    bytes.append(contentsOf: "\n\n".utf8)
  }

  /// The text in a frame of the ring.
  static func json(ofWebSocketFrame frame: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: frame[headerLength(of: frame)...])
  }

  /// RFC 6455 §5.2: an unmasked header is 2, 4 or 10 bytes, told by the length code.
  private static func headerLength(of frame: UnsafeRawBufferPointer) -> Int {
    switch frame[1] & 0x7F {
    case 127: 10
    case 126: 4
    default: 2
    }
  }
}
