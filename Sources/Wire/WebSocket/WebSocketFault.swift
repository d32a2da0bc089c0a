import Basics

/// What a peer did against the WebSocket protocol or our limits. The connection is closed with `closeCode`.
package enum WebSocketFault: CodedError, Equatable {
  case reservedBits
  case unknownOpcode
  /// A client must mask, a server must not.
  case wrongMasking
  case lengthNotMinimal
  case malformedControlFrame
  case malformedClose
  case unexpectedContinuation
  /// A data frame came before the message in progress was whole.
  case messageInterrupted
  case invalidText
  /// The payload of a compressed message cannot be inflated.
  case invalidCompression
  case messageTooBig
  case tooManyFragments

  /// The code that tells the peer (RFC 6455 §7.4.1).
  package var closeCode: WebSocketCloseCode {
    switch self {
    case .reservedBits, .unknownOpcode, .wrongMasking, .lengthNotMinimal, .malformedControlFrame,
      .malformedClose,
      .unexpectedContinuation, .messageInterrupted:
      .protocolError
    case .invalidText, .invalidCompression: .invalidText
    case .messageTooBig, .tooManyFragments: .messageTooBig
    }
  }

  package var code: String {
    switch self {
    case .reservedBits: "websocket_reserved_bits"
    case .unknownOpcode: "websocket_unknown_opcode"
    case .wrongMasking: "websocket_wrong_masking"
    case .lengthNotMinimal: "websocket_length_not_minimal"
    case .malformedControlFrame: "websocket_malformed_control_frame"
    case .malformedClose: "websocket_malformed_close"
    case .unexpectedContinuation: "websocket_unexpected_continuation"
    case .messageInterrupted: "websocket_message_interrupted"
    case .invalidText: "websocket_invalid_text"
    case .invalidCompression: "websocket_invalid_compression"
    case .messageTooBig: "websocket_message_too_big"
    case .tooManyFragments: "websocket_too_many_fragments"
    }
  }

  /// Short enough for the reason of a Close frame.
  package var message: String {
    switch self {
    case .reservedBits: "A frame has reserved bits without an extension for them."
    case .unknownOpcode: "A frame has a reserved opcode."
    case .wrongMasking: "A client's frame must be masked, a server's must not."
    case .lengthNotMinimal: "A frame's length is not encoded in the shortest way."
    case .malformedControlFrame: "A control frame is fragmented or longer than 125 bytes."
    case .malformedClose: "A Close frame has an invalid code or half of one."
    case .unexpectedContinuation: "A continuation came without a message to continue."
    case .messageInterrupted: "A new message began before the last one ended."
    case .invalidText: "A text message is not UTF-8."
    case .invalidCompression: "A compressed message cannot be inflated."
    case .messageTooBig: "A message is larger than this server takes."
    case .tooManyFragments: "A message has more fragments than this server takes."
    }
  }

  package var hint: String? { self == .messageTooBig ? "Send smaller messages." : nil }
}
