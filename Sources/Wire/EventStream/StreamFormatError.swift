import Basics

/// Why a stream of lines or events cannot be read on. The stream is of no more use after it.
package enum StreamFormatError: CodedError, Equatable {
  /// A line grew past the limit, in bytes.
  case lineTooLong(limit: Int)
  /// An event's data grew past the limit, in bytes.
  case eventTooLong(limit: Int)

  package var code: String {
    switch self {
    case .lineTooLong: "stream_line_too_long"
    case .eventTooLong: "stream_event_too_long"
    }
  }

  package var message: String {
    switch self {
    case .lineTooLong(let limit): "A line of the event stream is longer than \(limit) bytes."
    case .eventTooLong(let limit): "An event of the event stream is longer than \(limit) bytes."
    }
  }

  package var hint: String? { "Check that the peer really sends a stream of lines." }
}
