import Basics
import WebServer
import Wire

/// What a listener shows where the surfaces of the systems that the hub replaces collide: at `/`, `/health` and `/docs`, and in the form of
/// the errors that belong to no surface. All other paths are the same on every listener.
package struct ListenerProfile: Sendable {
  /// What its answers may tell of the hub.
  struct Facts: Sendable {
    var port: UInt16
    var version: String
    var epoch: String
    var environment: String
  }

  /// What stands at `/`.
  enum Root: Sendable {
    /// The hub's own page.
    case page
    case json(JSON)
  }

  /// How errors look that no surface has words for.
  enum ErrorForm: Sendable {
    /// `{"error", "code", "hint"}`, and for 404 and 405 the standard's own phrase as `detail`: three of the replaced systems said only that,
    /// and their clients may call a listener that has no profile.
    case hub
    /// `{"detail"}`, with the standard's own phrase for 404 and 405.
    case detail
    /// The same text at `error` and `detail`.
    case both
  }

  /// As settings and prefixed paths name it.
  package let name: String
  /// One sentence for the documentation.
  package let summary: String
  /// Its service's name in API documents.
  let title: String
  let root: Root
  let health: @Sendable (Facts) -> JSON
  let errors: ErrorForm
  /// Whether pages of allowed origins may send credentials.
  var allowsCredentials = false
  /// What its API document lists; nil for everything.
  var tags: Set<Tag>?
}

/// The listener that a request came by, for the routes that differ.
package struct ListenerFace: Sendable {
  package let profile: ListenerProfile
  /// The port that is listened on.
  package let port: UInt16

  package init(_ profile: ListenerProfile, port: UInt16) {
    self.profile = profile
    self.port = port
  }
}

extension ListenerProfile.ErrorForm {
  /// An error of the server itself in this form.
  func response(_ status: HTTPStatus, code: String, message: String, hint: String?) -> Response {
    var answer = ErrorAnswer(status, code: code, error: message, hint: hint)
    let detail = Self.phrases[status.code] ?? message
    switch self {
    case .hub:
      if let phrase = Self.phrases[status.code] { answer.more = ["detail": .string(phrase)] }
      return answer.response
    case .detail: return answer.response(showing: ["detail": .string(detail)])
    case .both:
      answer.error = detail
      return answer.response(showing: ["error": .string(detail), "detail": .string(detail)])
    }
  }

  private static let phrases = [404: "Not Found", 405: "Method Not Allowed"]
}
