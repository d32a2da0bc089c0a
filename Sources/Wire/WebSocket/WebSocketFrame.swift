import Basics

/// What a frame carries (RFC 6455 §5.2).
package enum WebSocketOpcode: UInt8, Sendable {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  /// Whether the frame is about the connection, and may come between fragments.
  package var isControl: Bool { rawValue >= 8 }
}

/// Builds frames. Without a masking key they are a server's, with one a client's.
package enum WebSocketFrame {
  /// A whole text message. The payload must be UTF-8.
  package static func text(_ payload: [UInt8], mask: UInt32? = nil) -> [UInt8] {
    encode(.text, payload, mask: mask)
  }

  /// A whole text message.
  package static func text(_ payload: String, mask: UInt32? = nil) -> [UInt8] {
    text(Array(payload.utf8), mask: mask)
  }

  /// A whole binary message.
  package static func binary(_ payload: [UInt8], mask: UInt32? = nil) -> [UInt8] {
    encode(.binary, payload, mask: mask)
  }

  /// A ping; at most 125 bytes.
  package static func ping(_ payload: [UInt8] = [], mask: UInt32? = nil) -> [UInt8] {
    encode(.ping, Array(payload.prefix(controlLimit)), mask: mask)
  }

  /// A pong; at most 125 bytes.
  package static func pong(_ payload: [UInt8] = [], mask: UInt32? = nil) -> [UInt8] {
    encode(.pong, Array(payload.prefix(controlLimit)), mask: mask)
  }

  /// A Close frame. A reason that is too long is cut between characters; a code that may not be sent is left out.
  package static func close(_ code: WebSocketCloseCode?, reason: String = "", mask: UInt32? = nil) -> [UInt8]
  {
    guard let code, code.isValidOnWire else { return encode(.close, [], mask: mask) }
    var payload = [UInt8(truncatingIfNeeded: code.code >> 8), UInt8(truncatingIfNeeded: code.code)]
    for character in reason {
      guard payload.count + character.utf8.count <= controlLimit else { break }
      payload.append(contentsOf: character.utf8)
    }
    return encode(.close, payload, mask: mask)
  }

  /// Any frame, header and payload.
  ///
  /// - Parameter mask: the four bytes of the key, the first one lowest.
  package static func encode(
    _ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true, rsv1: Bool = false,
    mask: UInt32? = nil
  ) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(payload.count + 14)
    appendHeader(opcode, isFinal: isFinal, rsv1: rsv1, length: payload.count, mask: mask, to: &frame)
    let start = frame.count
    frame.append(contentsOf: payload)
    if let mask { WebSocketMask.apply(mask, to: &frame, from: start) }
    return frame
  }

  /// Appends a frame's header, which its payload must follow, masked if a key is given.
  package static func appendHeader(
    _ opcode: WebSocketOpcode, isFinal: Bool = true, rsv1: Bool = false, length: Int, mask: UInt32? = nil,
    to frame: inout [UInt8]
  ) {
    frame.append((isFinal ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode.rawValue)
    let maskBit: UInt8 = mask == nil ? 0 : 0x80
    switch length {
    case ...125: frame.append(maskBit | UInt8(length))
    case ...0xFFFF:
      frame.append(maskBit | 126)
      for shift in [8, 0] { frame.append(UInt8(truncatingIfNeeded: length >> shift)) }
    default:
      frame.append(maskBit | 127)
      for shift in stride(from: 56, through: 0, by: -8) {
        frame.append(UInt8(truncatingIfNeeded: length >> shift))
      }
    }
    if let mask {
      for shift: UInt32 in [0, 8, 16, 24] { frame.append(UInt8(truncatingIfNeeded: mask >> shift)) }
    }
  }

  /// Bytes that a control frame may carry (RFC 6455 §5.5).
  static let controlLimit = 125
}
