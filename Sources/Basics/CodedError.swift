/// An error that a person or a client can act on. Each room has one type that conforms.
package protocol CodedError: Error, CustomStringConvertible {
  /// Stable, lower_snake_case; clients and metrics may depend on it.
  var code: String { get }
  /// What was being done and what went wrong, one sentence without secrets.
  var message: String { get }
  /// What to try, or nil when there is nothing to add.
  var hint: String? { get }
  /// After how many milliseconds the same may be tried again with hope; nil when that would change nothing.
  var retryAfterMilliseconds: Int? { get }
}

extension CodedError {
  /// Most errors stay until somebody changes something.
  package var retryAfterMilliseconds: Int? { nil }

  /// Message and hint in one line, for logs and the command line.
  package var description: String {
    guard let hint else { return message }
    return "\(message) \(hint)"
  }
}
