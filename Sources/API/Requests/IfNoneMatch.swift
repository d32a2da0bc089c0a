import WebServer
import Wire

/// The `If-None-Match` of a request (RFC 9110 §13.1.2).
enum IfNoneMatch {
  /// Whether the client has the content with this entity tag. The comparison is the weak one.
  static func knows(_ tag: String, _ request: Request) -> Bool {
    let known = request.fields.list("If-None-Match")
    return known.contains(tag) || known.contains("W/\(tag)") || known == ["*"]
  }
}
