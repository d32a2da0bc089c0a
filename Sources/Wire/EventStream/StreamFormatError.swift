import Basics

/// Why a stream of lines or events cannot be read on. The stream is of no more use after it.
package enum StreamFormatError: CodedError, Equatable {
  /// A line grew past the limit, in bytes.
  case lineTooLong(limit: Int)
  /// An event's data grew past the limit, in bytes.
  case eventTooLong(limit: Int)
  /// A binary event, or a part of it, was damaged on its way.
  case wrongChecksum(of: String)
  /// A binary event breaks the rules of its format.
  case malformedEvent(reason: String)

  package var code: String {
    switch self {
    case .lineTooLong: "stream_line_too_long"
    case .eventTooLong: "stream_event_too_long"
    case .wrongChecksum: "stream_checksum_wrong"
    case .malformedEvent: "stream_event_malformed"
    }
  }

  package var message: String {
    switch self {
    case .lineTooLong(let limit): "A line of the event stream is longer than \(limit) bytes."
    case .eventTooLong(let limit): "An event of the event stream is longer than \(limit) bytes."
    case .wrongChecksum(let part): "The checksum of \(part) in the event stream is wrong."
    case .malformedEvent(let reason): "An event of the event stream is malformed: \(reason)."
    }
  }

  package var hint: String? {
    switch self {
    case .lineTooLong, .eventTooLong: "Check that the peer really sends a stream of lines."
    case .wrongChecksum, .malformedEvent: "Check that the peer really sends Amazon's event stream."
    }
  }
}
