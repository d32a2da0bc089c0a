package import EventEngine
package import Wire

/// A WebSocket on one loop, driven by its machine. Keeps nothing of the request that it began as.
package final class WebSocketConnection: ConnectionDelegate {
  /// Bytes that may wait before pongs are left out; a peer that pings without reading must not fill our memory.
  private static let pongLimit = 16384

  // The fields stand so that they leave no gaps: there are as many of these as clients.
  /// Who is told what happens; set it in the upgrade's closure.
  package var delegate: (any WebSocketDelegate)?
  /// What was agreed on in the handshake.
  package let subprotocol: String?
  let server: ServerCore
  private let connection: Connection
  private let shared: ServerLoop
  /// When the peer last sent any byte, on the clock of `Loop.now`.
  package private(set) var lastHeard: UInt64
  private var machine: WebSocketConnectionMachine
  /// Whether the delegate may send: neither side has begun to close.
  package private(set) var isOpen = true {
    didSet { connection.leaveGroup() }
  }
  private(set) var isLimited = true
  /// How messages may be deflated; nil if they may not.
  package let deflate: WebSocketDeflate?
  var inbound = InboundMachine()
  private var closeTimer: TimerToken?

  init(
    _ connection: Connection, _ server: ServerCore, _ shared: ServerLoop, _ handshake: WebSocketHandshake
  ) {
    self.connection = connection
    self.server = server
    self.shared = shared
    subprotocol = handshake.subprotocol
    deflate = handshake.deflate
    lastHeard = connection.home.now
    machine = WebSocketConnectionMachine(
      limits: WebSocketLimits(
        message: server.configuration.messageLimit, fragments: server.configuration.fragmentLimit),
      inflates: handshake.deflate != nil)
    LoopCounters.add(1, to: shared.counters.webSockets)
  }

  /// Names the connection for other threads.
  package var id: ConnectionID { connection.id }
  /// The peer's address without the port.
  package var remoteAddress: String { connection.remoteAddress }
  /// Whether it runs over TLS.
  package var isSecure: Bool { connection.isSecure }
  /// The loop it lives on.
  package var home: Loop { connection.home }
  /// Bytes that wait for a slow reader.
  package var pendingBytes: Int { connection.pendingBytes }
  /// Whether `write` has a chance.
  package var isWritable: Bool { isOpen && connection.isWritable }
  /// When the kernel last took bytes, on the clock of `Loop.now`.
  package var lastProgress: UInt64 { connection.lastProgress }

  /// Takes messages within other limits than the server's. Call it in the upgrade's closure, before anything is received.
  package func accept(_ limits: WebSocketLimits) {
    machine = WebSocketConnectionMachine(limits: limits, inflates: deflate != nil)
  }

  /// The socket, for frames that go out beside those of other connections (`SendGroup`); nil once the WebSocket closes.
  package var socket: Connection? { isOpen ? connection : nil }

  /// Takes messages as fast as they come, for conformance suites. Call it in the upgrade's closure.
  package func acceptAnyRate() { isLimited = false }

  // MARK: - Sending

  /// Sends a text message, behind what waits.
  package func send(text: String) { send(text: Array(text.utf8)) }

  /// Sends a text message whose bytes are UTF-8; deflated if that was agreed on and pays.
  ///
  /// - Parameter compressedFrom: bytes from which on deflating is tried; the server's threshold unless given.
  package func send(text: [UInt8], compressedFrom threshold: Int? = nil) {
    send(.text, text, compressedFrom: threshold)
  }

  /// Sends a binary message, as `send(text:)` does.
  package func send(binary: [UInt8], compressedFrom threshold: Int? = nil) {
    send(.binary, binary, compressedFrom: threshold)
  }

  private func send(_ opcode: WebSocketOpcode, _ message: [UInt8], compressedFrom threshold: Int?) {
    guard isOpen else { return }
    if let deflate, message.count >= threshold ?? server.configuration.compressionThreshold,
      let payload = message.withUnsafeBytes({
        shared.compression.deflate($0, windowBits: Int(deflate.windowBits))
      })
    {
      connection.send(WebSocketFrame.encode(opcode, payload, rsv1: true))
    } else {
      connection.send(WebSocketFrame.encode(opcode, message))
    }
  }

  /// Bytes that a text may have for its `sharedFrame` to suit this peer, whatever window it asked for: no text refers farther back than to
  /// its own beginning. 0 when nothing was agreed on.
  package var sharedFrameLimit: Int {
    guard let deflate else { return 0 }
    return deflate.windowBits == WebSocketDeflate.largestWindow ? .max : 1 << Int(deflate.windowBits)
  }

  /// The frame of a text deflated once for many peers of this loop; nil when it is below the threshold, or would be no smaller.
  package func sharedFrame(deflating text: UnsafeRawBufferPointer) -> [UInt8]? {
    guard text.count >= server.configuration.compressionThreshold else { return nil }
    let payload = shared.compression.deflate(text, windowBits: Int(WebSocketDeflate.largestWindow))
    return payload.map { WebSocketFrame.encode(.text, $0, rsv1: true) }
  }

  /// Sends a ping; the answer comes as `receivedPong`. At most 125 bytes.
  package func ping(_ payload: [UInt8] = []) { queue(WebSocketFrame.ping(payload)) }

  /// Sends frames that are encoded already, behind what waits. Ignored once the WebSocket closes.
  package func queue(_ framed: [UInt8]) {
    guard isOpen else { return }
    connection.send(framed)
  }

  /// Hands encoded frames to the kernel from the caller's memory and keeps nothing; the way of the fan-out.
  ///
  /// Returns the bytes accepted, which may end inside a frame: the caller then queues the rest of that frame before
  /// anything else is sent. 0 when the kernel has no room; `becameWritable` tells when it has.
  package func write(frames: UnsafeRawBufferPointer) -> Int {
    guard isOpen else { return 0 }
    return connection.write(frames)
  }

  // MARK: - Reading

  /// Stops reading until `resumeReading`; the peer has to wait.
  package func pauseReading() { connection.pauseReading() }

  /// Reads on, from the next tick.
  package func resumeReading() { connection.resumeReading() }

  // MARK: - Closing

  /// Begins to close: sends a Close frame and waits for the peer's, no longer than `Loop.goodbyePatience`. The delegate is told when it is over.
  package func close(_ code: WebSocketCloseCode, reason: String = "") {
    guard let frame = machine.close(code, reason: reason) else { return }
    isOpen = false
    connection.send(frame)
    connection.resumeReading()
    closeTimer = home.schedule(after: home.goodbyePatience) { [self] _ in
      closeTimer = nil
      connection.finish()
      tellEnd(.abnormal, "The peer did not answer the Close frame.")
    }
  }

  /// Drops the connection at once.
  package func abort() { connection.abort() }

  /// The server stops.
  func serverStops() {
    if let delegate { delegate.serverStopping(self) } else { close(.goingAway) }
  }

  // MARK: - Facts of the connection

  package func received(_ bytes: UnsafeRawBufferPointer, from connection: Connection) {
    lastHeard = connection.home.now
    let bytes = bytes.bindMemory(to: UInt8.self)
    var position = 0
    while let action = machine.received(bytes.span, from: &position) {
      perform(action)
      guard connection.isOpen else { return }
    }
  }

  private func perform(_ action: WebSocketAction) {
    guard admits(action) else { return }
    switch action {
    case .text(let bytes): delegate?.receivedText(bytes, from: self)
    case .binary(let bytes): delegate?.receivedBinary(bytes, from: self)
    case .compressed(let kind, let payload):
      let result = shared.compression.inflate(payload, limit: machine.limits.message)
      if let action = machine.inflated(result, as: kind) { perform(action) }
    case .sendPong(let frame): if connection.pendingBytes <= Self.pongLimit { queue(frame) }
    case .pong(let payload): delegate?.receivedPong(payload, from: self)
    case .close(let ending):
      isOpen = false
      if let frame = ending.frame { connection.send(frame) }
      connection.finish()
      tellEnd(ending.code, ending.reason)
    }
  }

  package func becameWritable(_ connection: Connection) {
    if isOpen { delegate?.becameWritable(self) }
  }

  package func peerFinished(_ connection: Connection) {
    if let action = machine.peerFinished() { perform(action) }
  }

  package func closed(_ connection: Connection, reason: ConnectionEnd) {
    isOpen = false
    tellEnd(.abnormal, "The connection broke.")
    LoopCounters.add(-1, to: shared.counters.webSockets)
    server.connectionEnded(shared)
  }

  private func tellEnd(_ code: WebSocketCloseCode, _ reason: String) {
    if let closeTimer { home.cancel(closeTimer) }
    closeTimer = nil
    guard let told = delegate else { return }
    delegate = nil
    told.closed(self, code: code, reason: reason)
  }
}
