import Basics

/// Which end of a connection the machine stands for: a server's frames are plain, a client's masked.
package enum WebSocketRole: Equatable, Sendable {
  case server
  /// Frames that the machine itself makes are masked with this key.
  case client(mask: UInt32)
}

/// What a frame says before its payload.
package struct WebSocketFrameHeader: Equatable, Sendable {
  /// What the payload is.
  package let opcode: WebSocketOpcode
  /// The last frame of its message.
  package let isFinal: Bool
  /// The bit that marks compressed messages, once an extension was agreed on.
  package let rsv1: Bool
  /// Bytes of payload.
  package let length: Int
}

/// Reads frames (RFC 6455 §5.2) whatever pieces their bytes come in, and unmasks payloads.
package struct WebSocketFrameParser: Sendable {
  /// One step of a frame: its header, then its payload in at least one piece, of which the last may be empty.
  package enum Event: Equatable, Sendable {
    case header(WebSocketFrameHeader)
    /// Bytes were appended to the buffer.
    case payload(isLast: Bool)
  }

  private let expectsMask: Bool
  private let allowsRSV1: Bool
  /// Bytes of a header whose rest is still to come.
  private var header: [14 of UInt8] = .init(repeating: 0)
  private var headerCount: UInt8 = 0
  private var isInPayload = false
  private var key: UInt32 = 0
  private var received = 0
  private var missing = 0

  /// - Parameter allowsRSV1: an extension that uses the bit was agreed on.
  package init(role: WebSocketRole = .server, allowsRSV1: Bool = false) {
    self.expectsMask = role == .server
    self.allowsRSV1 = allowsRSV1
  }

  /// Reads on from `position`; nil means that the bytes are used up.
  ///
  /// - Parameter payload: where payload bytes are appended, unmasked; the caller may pass another one for each frame.
  /// - Throws: `websocket_…`; the connection must be failed.
  package mutating func next(
    _ bytes: Span<UInt8>, from position: inout Int, into payload: inout [UInt8]
  ) throws(WebSocketFault) -> Event? {
    if isInPayload { return takePayload(bytes, from: &position, into: &payload) }
    while position < bytes.count {
      header[Int(headerCount)] = bytes[position]
      headerCount += 1
      position += 1
      if headerCount == 1 { _ = try opcode() }
      if headerCount == 2 { try checkLengthByte() }
      guard headerCount >= 2, Int(headerCount) == headerLength else { continue }
      return .header(try finishHeader())
    }
    return nil
  }

  private mutating func takePayload(
    _ bytes: Span<UInt8>, from position: inout Int, into payload: inout [UInt8]
  ) -> Event? {
    let count = min(missing, bytes.count - position)
    guard count > 0 || missing == 0 else { return nil }
    if count > 0 {
      let start = payload.count
      payload.append(contentsOf: bytes.extracting(position..<(position + count)))
      if expectsMask { WebSocketMask.apply(key, to: &payload, from: start, phase: received) }
      position += count
      received += count
      missing -= count
    }
    if missing == 0 { isInPayload = false }
    return .payload(isLast: missing == 0)
  }

  private func opcode() throws(WebSocketFault) -> WebSocketOpcode {
    let reserved = header[0] & (allowsRSV1 ? 0x30 : 0x70)
    guard reserved == 0 else { throw .reservedBits }
    guard let opcode = WebSocketOpcode(rawValue: header[0] & 0x0F) else { throw .unknownOpcode }
    // RFC 7692 §6.1: the bit marks data messages only, and on their first frame.
    let mayBeCompressed = opcode == .text || opcode == .binary
    guard mayBeCompressed || header[0] & 0x40 == 0 else { throw .reservedBits }
    guard !opcode.isControl || header[0] & 0x80 != 0 else { throw .malformedControlFrame }
    return opcode
  }

  private func checkLengthByte() throws(WebSocketFault) {
    guard (header[1] & 0x80 != 0) == expectsMask else { throw .wrongMasking }
    guard header[0] & 0x08 == 0 || header[1] & 0x7F <= UInt8(WebSocketFrame.controlLimit) else {
      throw .malformedControlFrame
    }
  }

  private var lengthBytes: Int {
    switch header[1] & 0x7F {
    case 126: 2
    case 127: 8
    default: 0
    }
  }

  private var headerLength: Int { 2 + lengthBytes + (expectsMask ? 4 : 0) }

  private mutating func finishHeader() throws(WebSocketFault) -> WebSocketFrameHeader {
    let opcode = try opcode()
    var length = UInt64(header[1] & 0x7F)
    if lengthBytes > 0 {
      length = 0
      for index in 2..<(2 + lengthBytes) { length = length << 8 | UInt64(header[index]) }
      guard length > (lengthBytes == 2 ? 125 : 0xFFFF), length <= UInt64(Int.max) else {
        throw .lengthNotMinimal
      }
    }
    if expectsMask {
      key = 0
      for index in 0..<4 { key |= UInt32(header[2 + lengthBytes + index]) << UInt32(8 * index) }
    }
    let first = header[0]
    (headerCount, isInPayload, received, missing) = (0, true, 0, Int(length))
    return WebSocketFrameHeader(
      opcode: opcode, isFinal: first & 0x80 != 0, rsv1: first & 0x40 != 0, length: missing)
  }
}
