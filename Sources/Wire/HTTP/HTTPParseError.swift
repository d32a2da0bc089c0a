import Basics

/// Why a request is refused. After it the connection must be closed: where the next request begins is unknown.
package enum HTTPParseError: CodedError, Equatable {
  case malformedRequestLine
  case invalidTarget
  case requestLineTooLong
  case unsupportedVersion
  /// CONNECT and other ways to use the hub as a proxy.
  case tunnelRefused
  case headTooLarge
  case tooManyFields
  case malformedField
  case foldedField
  /// A line that ends with LF alone, or a CR inside a line: what smuggling is made of.
  case bareLineEnd
  case invalidHost
  case invalidContentLength
  case conflictingLengths
  case unsupportedTransferCoding
  case unsupportedExpectation
  case bodyTooLarge
  case malformedChunk
  case headTimedOut
  case bodyTimedOut

  /// The status to answer with.
  package var status: HTTPStatus {
    switch self {
    case .requestLineTooLong: 414
    case .unsupportedVersion: 505
    case .headTooLarge, .tooManyFields: 431
    case .tunnelRefused, .unsupportedTransferCoding: 501
    case .unsupportedExpectation: 417
    case .bodyTooLarge: 413
    case .headTimedOut, .bodyTimedOut: 408
    case .malformedRequestLine, .invalidTarget, .malformedField, .foldedField, .bareLineEnd, .invalidHost,
      .invalidContentLength, .conflictingLengths, .malformedChunk:
      400
    }
  }

  package var code: String {
    switch self {
    case .malformedRequestLine: "malformed_request_line"
    case .invalidTarget: "invalid_target"
    case .requestLineTooLong: "request_line_too_long"
    case .unsupportedVersion: "unsupported_http_version"
    case .tunnelRefused: "tunnel_refused"
    case .headTooLarge: "head_too_large"
    case .tooManyFields: "too_many_fields"
    case .malformedField: "malformed_field"
    case .foldedField: "folded_field"
    case .bareLineEnd: "bare_line_end"
    case .invalidHost: "invalid_host"
    case .invalidContentLength: "invalid_content_length"
    case .conflictingLengths: "conflicting_lengths"
    case .unsupportedTransferCoding: "unsupported_transfer_coding"
    case .unsupportedExpectation: "unsupported_expectation"
    case .bodyTooLarge: "body_too_large"
    case .malformedChunk: "malformed_chunk"
    case .headTimedOut: "head_timed_out"
    case .bodyTimedOut: "body_timed_out"
    }
  }

  package var message: String { "The request was refused: \(fault)." }

  private var fault: String {
    switch self {
    case .malformedRequestLine: "its first line is not `METHOD target HTTP/1.1`"
    case .invalidTarget: "its target has a character or an escape that is not allowed"
    case .requestLineTooLong: "its first line is too long"
    case .unsupportedVersion: "its HTTP version is neither 1.1 nor 1.0"
    case .tunnelRefused: "this server does not open tunnels"
    case .headTooLarge: "its header fields are too large together"
    case .tooManyFields: "it has too many header fields"
    case .malformedField: "a header field is malformed"
    case .foldedField: "a header field is folded over several lines"
    case .bareLineEnd: "a line does not end with CR LF"
    case .invalidHost: "it must have exactly one valid Host field"
    case .invalidContentLength: "its Content-Length is not one decimal number"
    case .conflictingLengths: "it has Transfer-Encoding where that is not allowed"
    case .unsupportedTransferCoding: "its Transfer-Encoding is not chunked"
    case .unsupportedExpectation: "it expects something else than 100-continue"
    case .bodyTooLarge: "its body is too large"
    case .malformedChunk: "a chunk of its body is malformed"
    case .headTimedOut: "its header fields did not arrive in time"
    case .bodyTimedOut: "its body did not arrive in time"
    }
  }

  package var hint: String? {
    switch self {
    case .bodyTooLarge: "Send less, or raise the body limit of the server."
    case .requestLineTooLong, .headTooLarge, .tooManyFields: "Send fewer and shorter fields."
    case .headTimedOut, .bodyTimedOut: "Send the request faster."
    default: nil
    }
  }
}
