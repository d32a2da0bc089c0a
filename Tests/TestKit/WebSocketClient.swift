package import Basics
import Compression
import Glibc
package import Wire

/// A blocking WebSocket client for tests, made of the hub's own rules in their client role.
///
/// It answers pings and closes by itself. For bytes that break the rules there is `RawSocket`.
package final class WebSocketClient {
  /// What comes from the server.
  package enum Message: Equatable {
    case text([UInt8])
    case binary([UInt8])
    /// The end; 1006 when no Close frame came before it.
    case closed(code: UInt16, reason: String)
  }

  /// A key that changes bytes, so that a server that forgets to unmask is found out.
  private static let mask: UInt32 = 0x5A17_C3E9

  package let socket: RawSocket
  /// What the server chose of the offered subprotocols.
  package let subprotocol: String?
  /// Whether permessage-deflate was agreed on.
  package let isDeflating: Bool
  /// Compressed messages that came.
  package private(set) var inflatedCount = 0
  private var machine: WebSocketConnectionMachine
  private let inflater: Inflater
  private var bytes: [UInt8]
  private var position = 0
  private var isOver = false
  /// Bytes that are taken from the socket at once.
  private let bite: Int
  /// How long to wait before each of them; that makes a slow reader.
  package var pause: Duration?

  /// Connects and shakes hands.
  ///
  /// - Parameters:
  ///   - offer: of permessage-deflate, such as `permessage-deflate`; nil offers nothing.
  ///   - receiveBuffer: bytes that the kernel holds for this side; small ones make a slow reader.
  ///   - bite: the most that is read at once.
  package init(
    port: UInt16, path: String = "/", subprotocols: [String] = [], fields: HTTPFields = [:],
    offer: String? = nil, patience: Duration = .seconds(20), receiveBuffer: Int32? = nil, bite: Int = 65536
  ) throws {
    socket = try RawSocket(port: port, patience: patience, receiveBuffer: receiveBuffer)
    self.bite = bite
    inflater = try Inflater()
    var fields = fields
    if let offer { fields.append("Sec-WebSocket-Extensions", offer) }
    let handshake = WebSocketClientHandshake(
      host: "127.0.0.1:\(port)", path: path, nonce: Array("a test's nonce!!".utf8),
      subprotocols: subprotocols,
      fields: fields)
    try socket.send(handshake.request)
    var answer: [UInt8] = []
    while true {
      if let acceptance = try handshake.check(answer) {
        subprotocol = acceptance.subprotocol
        isDeflating = acceptance.extensions != nil
        machine = WebSocketConnectionMachine(
          role: .client(mask: Self.mask), limits: WebSocketLimits(message: 64 << 20), inflates: isDeflating)
        bytes = Array(answer.dropFirst(acceptance.count))
        return
      }
      let more = try socket.receive()
      guard !more.isEmpty else { throw RawSocketError(description: "the stream ended in the handshake") }
      answer += more
    }
  }

  package func send(text: String) throws(RawSocketError) {
    try socket.send(WebSocketFrame.text(text, mask: Self.mask))
  }

  package func send(binary: [UInt8]) throws(RawSocketError) {
    try socket.send(WebSocketFrame.binary(binary, mask: Self.mask))
  }

  /// Sends a compressed text message with this payload, whatever it may inflate to.
  package func send(compressed payload: [UInt8]) throws(RawSocketError) {
    try socket.send(WebSocketFrame.encode(.text, payload, rsv1: true, mask: Self.mask))
  }

  package func send(_ json: JSON) throws(RawSocketError) { try send(text: json.text) }

  /// The next message, or the end.
  package func receive() throws(RawSocketError) -> Message {
    while !isOver {
      while let action = machine.received(bytes.span, from: &position) {
        if let message = try perform(action) { return message }
      }
      if let pause { usleep(UInt32(pause / .microseconds(1))) }
      do throws(RawSocketError) {
        bytes = try socket.receive(upTo: bite)
      } catch {
        guard try socket.isEnded() else { throw error }
        bytes = []
      }
      position = 0
      if bytes.isEmpty, let ending = machine.peerFinished(), let message = try perform(ending) {
        return message
      }
    }
    return .closed(code: 1006, reason: "")
  }

  private func perform(_ action: WebSocketAction) throws(RawSocketError) -> Message? {
    switch action {
    case .text(let text): return .text(text)
    case .binary(let payload): return .binary(payload)
    case .compressed(let kind, let payload):
      inflatedCount += 1
      let limit = machine.limits.message
      let result = Result { try inflater.inflate(payload, limit: limit) }
      return try machine.inflated(result.mapError { _ in .invalidCompression }, as: kind).flatMap(perform)
    case .sendPong(let frame):
      // A server that has gone needs no pong.
      try? socket.send(frame)
      return nil
    case .pong: return nil
    case .close(let ending):
      isOver = true
      if let frame = ending.frame { try? socket.send(frame) }
      socket.close()
      return .closed(code: ending.code.code, reason: ending.reason)
    }
  }

  /// Begins the closing handshake; `receive` tells of its end.
  package func close(_ code: WebSocketCloseCode = .normal) throws(RawSocketError) {
    if let frame = machine.close(code) { try socket.send(frame) }
  }
}
