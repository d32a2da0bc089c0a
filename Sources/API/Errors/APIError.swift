import Basics

/// What is wrong with a request, before anything was done for it.
struct APIError: CodedError, Equatable {
  let code: String
  let message: String
  let hint: String?

  init(_ code: String, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}

extension APIError {
  /// The body is not JSON; says where.
  static func invalidJSON(_ error: JSONError) -> Self {
    Self(
      "invalid_json", "The body is not valid JSON: \(error.reason) at byte \(error.position).", hint: bodyHint
    )
  }

  static let emptyBody = Self("invalid_json", "The request has no body.", hint: bodyHint)

  static func notAnObject(_ json: JSON) -> Self {
    Self("invalid_body", "The body must be a JSON object, not \(json.kind).", hint: bodyHint)
  }

  private static let bodyHint = "Send one JSON object, with Content-Type: application/json."

  /// A member of the wrong kind: `message must be a string, not a number`.
  static func wrongType(_ name: String, mustBe expected: String, not value: JSON) -> Self {
    Self("invalid_field", "\(name) must be \(expected), not \(value.kind).")
  }

  /// A member of the right kind whose value cannot be used.
  static func invalidValue(_ name: String, mustBe expected: String) -> Self {
    Self("invalid_field", "\(name) must be \(expected).")
  }

  /// A name that the request may not have, with the nearest one that it may.
  static func unknownField(_ name: String, known: [String]) -> Self {
    Self("unknown_field", "There is no field \(name).", hint: suggestion(for: name, known: known))
  }

  /// A name in the query that means nothing here.
  static func unknownParameter(_ name: String, known: [String]) -> Self {
    Self("invalid_query", "There is no query parameter \(name).", hint: suggestion(for: name, known: known))
  }

  /// A name in the query that comes twice.
  static func repeatedParameter(_ name: String) -> Self {
    Self("invalid_query", "The query has \(name) more than once.", hint: "Send it once.")
  }

  /// What to write instead of an unknown name.
  static func suggestion(for name: String, known: [String]) -> String {
    if let nearest = nearestName(to: name, among: known) { return "Did you mean \(nearest)?" }
    return known.isEmpty ? "None is known here." : "Known: \(known.joined(separator: ", "))."
  }

  static func invalidQuery(_ name: String, mustBe expected: String) -> Self {
    Self("invalid_query", "\(name) must be \(expected).")
  }

  /// A thing that is not there (any more), and the path that lists those that are.
  static func notFound(_ noun: String, _ id: String, list: String) -> Self {
    Self("\(noun)_not_found", "There is no \(noun) \(id).", hint: "GET \(list) lists those there are.")
  }
}
