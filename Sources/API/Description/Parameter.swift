import Basics
import Model
import Storage

/// One value that a request carries beside its body, as documents tell it; handlers read the query by the same list.
struct Parameter: Sendable {
  enum Place: String, Sendable {
    case path, query, header
  }

  let name: String
  let place: Place
  let schema: Schema
  let isRequired: Bool
  let summary: String

  init(
    _ name: String, _ schema: Schema, _ summary: String, in place: Place = .query, isRequired: Bool = false
  ) {
    self.name = name
    self.place = place
    self.schema = schema
    self.summary = summary
    self.isRequired = isRequired || place == .path
  }

  var json: JSON {
    [
      "name": .string(name), "in": .string(place.rawValue), "required": .bool(isRequired),
      "description": .string(summary), "schema": .object(schema.json), "example": schema.example,
    ]
  }
}

// MARK: - Those that many have

extension Parameter {
  static let limit = Parameter(
    "limit", .integer(RequestQuery.limits).example(50),
    "Items in the answer; \(RequestQuery.standardLimit) without it.")
  /// A cursor that lists gave out.
  static let after = Parameter(
    "after", Schema.text.example(""), "Where the page begins: `next` of the page before.")
  static let paging = [limit, after]
  static let bothWays =
    paging + [
      Parameter(
        "before", Schema.text.example("end"),
        "The page before a cursor; `end` is the list's end. Not with `after`.")
    ]

  static let idempotencyKey = Parameter(
    "Idempotency-Key",
    Schema.text(1...IdempotencyKey.maximumLength).keyword("pattern", "^[!-~]+$").example(
      "0c9f4d1e-8a57-4f0b-b1ce-5f6a2d3e4c5b"),
    "The same key with the same body gets the same answer, however often it comes.", in: .header)
  static let ifMatch = Parameter(
    "If-Match", Schema.text.keyword("pattern", "^(\\*|\"[0-9]{1,9}\")$").example("*"),
    "The version that may be changed, in quotes: the `ETag` of the agent.", in: .header)
  static let ifNoneMatch = Parameter(
    "If-None-Match", Schema.text.keyword("pattern", "^\"[!#-~]*\"$").example("\"0\""),
    "An `ETag` that the caller has: 304 if it is still so.", in: .header)
  static let lastEventID = Parameter(
    "Last-Event-ID", Schema.text.keyword("pattern", "^[a-z0-9]+:[0-9]{1,15}$").example("0:0"),
    "Where a stream goes on: the last `id` that came.", in: .header)

  /// A part of the path.
  static func path(_ name: String) -> Parameter {
    let (schema, summary) = parts[name] ?? (.visible.example("name"), "Names it.")
    return Parameter(name, schema, summary, in: .path)
  }

  private static let parts: [String: (Schema, String)] = [
    "id": (Schema.visible.example("019a9f3c-5d21-7c40-9a3e-0c5b7d1e2f34"), "Its id."),
    "version": (Schema.visible.example("1"), "The version's number."),
    "scope": (.words(Budget.Scope.self), "Whose calls count."),
    "subject": (Schema.visible.example("demo"), "The agent's id, the tenant's name or the key's id."),
    "period": (.words(Budget.Period.self), "How long it lasts, by the calendar in UTC."),
    "file": (Schema.visible.example("app.js"), "The file's name."),
    "surface": (Schema.visible.example("customer"), "Which replaced system: `customer`, `fsia` or another."),
    "session_id": (Schema.visible.example("019a9f3c-5d21-7c40-9a3e-0c5b7d1e2f34"), "The data set's id."),
    "chat_id": (Schema.visible.example("019a9f3c-5d21-7c40-9a3e-0c5b7d1e2f34"), "The chat's id."),
  ]
}
