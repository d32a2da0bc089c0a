import Basics

/// Why bytes could not be deflated or inflated.
package enum CompressionError: CodedError, Equatable {
  /// The bytes are no deflate stream, or only a part of one.
  case malformed
  /// Inflated they are longer than the caller allows; inflating ended there.
  case tooLong(limit: Int)
  /// There is no memory for the stream's window and tables.
  case outOfMemory

  package var code: String {
    switch self {
    case .malformed: "deflate_malformed"
    case .tooLong: "deflate_too_long"
    case .outOfMemory: "deflate_out_of_memory"
    }
  }

  package var message: String {
    switch self {
    case .malformed: "Inflating a message: its bytes are not a whole deflate stream."
    case .tooLong(let limit): "Inflating a message: it has more than \(limit) bytes."
    case .outOfMemory: "Opening a deflate stream: there is no memory for it."
    }
  }

  package var hint: String? { nil }
}
