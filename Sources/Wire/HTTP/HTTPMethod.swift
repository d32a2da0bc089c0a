/// A request method (RFC 9110 §9): case-sensitive, any token.
package struct HTTPMethod: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The method as it stands on the request line.
  package let name: String

  package init(_ name: String) { self.name = name }
  package init(stringLiteral name: String) { self.name = name }

  package var description: String { name }

  package static let get: HTTPMethod = "GET"
  package static let head: HTTPMethod = "HEAD"
  package static let post: HTTPMethod = "POST"
  package static let put: HTTPMethod = "PUT"
  package static let patch: HTTPMethod = "PATCH"
  package static let delete: HTTPMethod = "DELETE"
  package static let options: HTTPMethod = "OPTIONS"
}
