import Basics

/// What the driver of a WebSocket does next.
package enum WebSocketAction: Equatable, Sendable {
  /// A whole text message came; the bytes are UTF-8.
  case text([UInt8])
  /// A whole binary message came.
  case binary([UInt8])
  /// A whole compressed message came: inflate its payload and tell the machine with `inflated`.
  case compressed(WebSocketMessageKind, [UInt8])
  /// Send this pong frame. One that still waits to be sent may be dropped for it (RFC 6455 §5.5.3).
  case sendPong([UInt8])
  /// The peer answered a ping, or sent a pong unasked.
  case pong([UInt8])
  /// The WebSocket is over: send the frame, if there is one, then close the connection.
  case close(WebSocketEnding)
}

/// What a message is made of.
package enum WebSocketMessageKind: Sendable {
  case text
  case binary
}

/// How a WebSocket ended.
package struct WebSocketEnding: Equatable, Sendable {
  /// The Close frame that must still be sent; nil when ours has been sent before, or when the peer is gone.
  package let frame: [UInt8]?
  /// The peer's code; 1005 when it gave none, 1006 when it sent no Close frame, ours when it broke the rules.
  package let code: WebSocketCloseCode
  /// The peer's words, or ours when it broke the rules; may be empty.
  package let reason: String
  /// What the peer did wrong; nil if nothing.
  package let fault: WebSocketFault?
}

/// One end of a WebSocket without its socket (RFC 6455): puts messages together, answers pings and closes.
///
/// The driver hands in each read and asks until nil:
///
///     var position = 0
///     while let action = machine.received(bytes, from: &position) { perform(action) }
///
/// Compressed messages are collected as they came, so that a connection has no zlib stream of its own; the driver
/// inflates each in one go, within `limits.message`.
///
/// Between messages it owns no memory but itself. Data frames are built with `WebSocketFrame` and sent by the driver
/// while `isOpen`.
package struct WebSocketConnectionMachine: Sendable {
  private enum Phase {
    case open
    /// Our Close frame has been sent; messages that still come are dropped.
    case closing
    case closed
  }

  private let role: WebSocketRole
  /// What one message may hold.
  package let limits: WebSocketLimits
  private var parser: WebSocketFrameParser
  private var phase: Phase = .open
  /// The kind of the message in progress; nil between messages.
  private var kind: WebSocketOpcode?
  private var isCompressed = false
  private var message: [UInt8] = []
  private var fragmentCount = 0
  private var checker = UTF8Checker()
  /// The control frame in progress, which may come between two fragments.
  private var control: WebSocketOpcode?
  private var controlPayload: [UInt8] = []
  private var isFinal = false

  /// Begins after the opening handshake.
  ///
  /// - Parameter inflates: permessage-deflate was agreed on, so that compressed messages may come.
  package init(
    role: WebSocketRole = .server, limits: WebSocketLimits = WebSocketLimits(), inflates: Bool = false
  ) {
    self.role = role
    self.limits = limits
    self.parser = WebSocketFrameParser(role: role, allowsRSV1: inflates)
  }

  /// Whether data may be sent: no Close frame has been.
  package var isOpen: Bool { phase == .open }

  /// The peer sent bytes; reads on from `position`. Nil means that they are used up.
  package mutating func received(_ bytes: Span<UInt8>, from position: inout Int) -> WebSocketAction? {
    do throws(WebSocketFault) {
      while phase != .closed {
        let action: WebSocketAction?
        if let control {
          guard let event = try parser.next(bytes, from: &position, into: &controlPayload) else { return nil }
          action = event == .payload(isLast: true) ? try finishControl(control) : nil
        } else {
          let checked = message.count
          guard let event = try parser.next(bytes, from: &position, into: &message) else { return nil }
          action = try takeData(event, checked: checked)
        }
        if let action { return action }
      }
      position = bytes.count
      return nil
    } catch {
      return fail(error)
    }
  }

  /// The peer's bytes are over.
  ///
  /// - Returns: the ending, unless it has been told before.
  package mutating func peerFinished() -> WebSocketAction? {
    guard phase != .closed else { return nil }
    return end(frame: nil, .abnormal, "")
  }

  /// Begins the closing handshake. Afterwards `isOpen` is false; the peer's Close frame brings the ending.
  ///
  /// - Returns: the Close frame to send; nil if one has been sent.
  package mutating func close(_ code: WebSocketCloseCode, reason: String = "") -> [UInt8]? {
    guard phase == .open else { return nil }
    phase = .closing
    return WebSocketFrame.close(code, reason: reason, mask: mask)
  }

  private var mask: UInt32? { if case .client(let mask) = role { mask } else { nil } }

  // MARK: Data frames

  private mutating func takeData(
    _ event: WebSocketFrameParser.Event, checked: Int
  ) throws(WebSocketFault) -> WebSocketAction? {
    switch event {
    case .header(let header) where header.opcode.isControl: control = header.opcode
    case .header(let header): try begin(header)
    case .payload(let isLast):
      if kind == .text, !isCompressed { try checkText(from: checked) }
      if isLast, isFinal { return try finishMessage() }
    }
    return nil
  }

  /// Checks the text that is new: the fault shows as soon as its byte is here, not when the message ends.
  private mutating func checkText(from start: Int) throws(WebSocketFault) {
    var checker = self.checker
    guard checker.accept(message.span.extracting(start..<message.count)) else { throw .invalidText }
    self.checker = checker
  }

  private mutating func begin(_ header: WebSocketFrameHeader) throws(WebSocketFault) {
    if header.opcode == .continuation {
      guard kind != nil else { throw .unexpectedContinuation }
    } else {
      guard kind == nil else { throw .messageInterrupted }
      kind = header.opcode
      isCompressed = header.rsv1
    }
    let limit = isCompressed ? limits.compressedMessage : limits.message
    guard header.length <= limit - message.count else { throw .messageTooBig }
    fragmentCount += 1
    guard fragmentCount <= limits.fragments else { throw .tooManyFragments }
    isFinal = header.isFinal
  }

  private mutating func finishMessage() throws(WebSocketFault) -> WebSocketAction? {
    guard checker.isComplete else { throw .invalidText }
    let isText = kind == .text
    var whole: [UInt8] = []
    swap(&whole, &message)
    (kind, fragmentCount) = (nil, 0)
    guard phase == .open else { return nil }
    guard !isCompressed else { return .compressed(isText ? .text : .binary, whole) }
    return isText ? .text(whole) : .binary(whole)
  }

  /// The driver has inflated a compressed message, or failed to.
  ///
  /// - Returns: the message, or the ending that its fault brings; nil when the WebSocket is closing.
  package mutating func inflated(
    _ result: Result<[UInt8], WebSocketFault>, as kind: WebSocketMessageKind
  ) -> WebSocketAction? {
    guard phase == .open else { return nil }
    switch result {
    case .failure(let fault): return fail(fault)
    case .success(let message) where kind == .binary: return .binary(message)
    case .success(let message):
      var checker = UTF8Checker()
      guard checker.accept(message.span), checker.isComplete else { return fail(.invalidText) }
      return .text(message)
    }
  }

  // MARK: Control frames

  private mutating func finishControl(_ opcode: WebSocketOpcode) throws(WebSocketFault) -> WebSocketAction? {
    var payload: [UInt8] = []
    swap(&payload, &controlPayload)
    control = nil
    switch opcode {
    case .close: return try finishClose(payload)
    case .pong: return .pong(payload)
    // After our Close frame nothing may follow it (§5.5.1).
    case .ping: return phase == .open ? .sendPong(WebSocketFrame.pong(payload, mask: mask)) : nil
    case .continuation, .text, .binary: preconditionFailure("only control frames are gathered here")
    }
  }

  // RFC 6455 §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it received."
  private mutating func finishClose(_ payload: [UInt8]) throws(WebSocketFault) -> WebSocketAction {
    guard !payload.isEmpty else {
      return end(frame: phase == .open ? WebSocketFrame.close(nil, mask: mask) : nil, .none, "")
    }
    guard payload.count >= 2 else { throw .malformedClose }
    let code = WebSocketCloseCode(UInt16(payload[0]) << 8 | UInt16(payload[1]))
    guard code.isValidOnWire else { throw .malformedClose }
    var checker = UTF8Checker()
    let reason = payload.span.extracting(2..<payload.count)
    guard checker.accept(reason), checker.isComplete else { throw .invalidText }
    return end(frame: phase == .open ? WebSocketFrame.close(code, mask: mask) : nil, code, String(reason))
  }

  // MARK: Ends

  private mutating func fail(_ fault: WebSocketFault) -> WebSocketAction {
    let frame = WebSocketFrame.close(fault.closeCode, reason: fault.message, mask: mask)
    return end(frame: phase == .open ? frame : nil, fault.closeCode, fault.message, fault)
  }

  private mutating func end(
    frame: [UInt8]?, _ code: WebSocketCloseCode, _ reason: String, _ fault: WebSocketFault? = nil
  ) -> WebSocketAction {
    phase = .closed
    message = []
    controlPayload = []
    return .close(WebSocketEnding(frame: frame, code: code, reason: reason, fault: fault))
  }
}
