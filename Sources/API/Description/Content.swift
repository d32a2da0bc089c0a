import Basics
import Model

/// A body in one media type: its schema and an example.
struct Content: Sendable {
  let type: String
  let schema: Schema
  let example: JSON

  /// JSON.
  static func json(_ schema: Schema, example: JSON? = nil) -> Content {
    Content(type: "application/json", schema: schema, example: example ?? schema.example)
  }

  /// A text of one of the other types.
  static func text(_ type: String, _ summary: String, example: String) -> Content {
    Content(type: type, schema: Schema.text.about(summary), example: .string(example))
  }

  /// Server-sent events, by name; nil is the name that events have which say none.
  ///
  /// OpenAPI 3.1 has no words for streams: the schema is that of each event, as the object of its fields (3.2 calls this `itemSchema`).
  ///
  /// - Parameter ending: what stands in the `data` of a last event that is no JSON.
  static func events(_ events: [(name: String?, schema: Schema)], ending: String? = nil) -> Content {
    var forms = events.map { event -> Schema in
      let data = Schema.embedded(event.schema)
      guard let name = event.name else {
        return ["event?": .constant("message"), "id?": .text, "data": data]
      }
      return ["event": .constant(.string(name)), "id?": .text, "retry?": .count, "data": data]
    }
    if let ending { forms.append(["event?": .constant("message"), "data": .constant(.string(ending))]) }
    let schema = Schema.either(forms).about("Each event of the stream, by its fields; `data` is JSON.")
    return Content(type: "text/event-stream", schema: schema, example: schema.example)
  }

  init(type: String, schema: Schema, example: JSON) {
    self.type = type
    self.schema = schema
    self.example = example
  }

  var json: JSON { ["schema": .object(schema.json), "example": example] }
}

/// An answer that is no error.
struct Success: Sendable {
  let status: Int
  let summary: String
  var contents: [Content] = []
  /// Fields of the head that mean something, with what they mean.
  var fields: [(name: String, summary: String)] = []

  static func ok(_ schema: Schema) -> Success { Success(200, "It is done.", .json(schema)) }
  static func created(_ schema: Schema) -> Success { Success(201, "It was made.", .json(schema)) }
  static func accepted(_ schema: Schema) -> Success {
    Success(202, "It goes on in the background.", .json(schema))
  }
  static let noContent = Success(204, "It is done; there is nothing to say.")
  static let unchanged = Success(304, "The caller has it already.")
  /// A page of a list.
  static func page(_ item: Schema) -> Success { ok(.page(of: item)) }

  init(_ status: Int, _ summary: String, _ contents: Content...) {
    self.status = status
    self.summary = summary
    self.contents = contents
  }

  /// The answer with its version as entity tag.
  var tagged: Success {
    var tagged = self
    tagged.fields.append(("ETag", "Its version, in quotes."))
    return tagged
  }
}

extension Schema {
  /// `{"items":[…],"next":"<cursor>"|null}`
  static func page(of item: Schema) -> Schema {
    ["items": .array(of: item), "next": Schema.text.orNull.example(.null)]
  }
}
