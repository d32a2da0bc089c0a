/// A request method (RFC 9110 §9): case-sensitive, any token.
package struct HTTPMethod: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The method as it stands on the request line.
  package let name: String

  /// Takes a token.
  package init(_ name: String) { self.name = name }
  package init(stringLiteral name: String) { self.name = name }

  package var description: String { name }

  /// Reads.
  package static let get: HTTPMethod = "GET"
  /// Reads the head only.
  package static let head: HTTPMethod = "HEAD"
  /// Does what the target says.
  package static let post: HTTPMethod = "POST"
  /// Replaces.
  package static let put: HTTPMethod = "PUT"
  /// Changes in part.
  package static let patch: HTTPMethod = "PATCH"
  /// Removes.
  package static let delete: HTTPMethod = "DELETE"
  /// Asks what is allowed.
  package static let options: HTTPMethod = "OPTIONS"
}
