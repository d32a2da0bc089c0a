/// A JSON Schema (draft 2020-12) as documents of the hub's surfaces show it, with an example of what fits it.
///
/// Made of few words: a dictionary literal is an object that has these members and no others; a name that ends with `?` may be missing.
package struct Schema: Equatable, Sendable {
  /// The keywords. Named schemas are referred to as `#/components/schemas/NAME`.
  package private(set) var json: JSONObject
  /// A value that fits.
  package private(set) var example: JSON
  /// The named schemas that it refers to, and those that they refer to.
  package private(set) var definitions: [String: Schema] = [:]

  /// A schema of keywords.
  package init(_ json: JSONObject, example: JSON) {
    self.json = json
    self.example = example
  }

  /// Where documents keep their named schemas.
  package static let place = "#/components/schemas/"

  /// The names of an object's members, those of a named one too.
  package var memberNames: [String] {
    if let name = json["$ref"]?.string {
      return definitions[String(name.dropFirst(Self.place.count))]?.memberNames ?? []
    }
    return json["properties"]?.object?.names ?? []
  }
}

// MARK: - Plain values

extension Schema {
  /// Anything at all.
  package static let any = Schema([:], example: ["any": "JSON"])
  /// Any object.
  package static let anyObject = Schema(["type": "object"], example: [:])
  /// Any text.
  package static let text = Schema(["type": "string"], example: "text")
  /// True or false.
  package static let flag = Schema(["type": "boolean"], example: true)
  /// A whole number.
  package static let integer = Schema(["type": "integer"], example: 1)
  /// A whole number from 0.
  package static let count = Schema(["type": "integer", "minimum": 0], example: 3)
  /// Any number.
  package static let number = Schema(["type": "number"], example: 0.5)
  /// Nothing.
  package static let null = Schema(["type": "null"], example: .null)
  /// An id that the hub made, or that came with an import.
  package static let identifier = text.example("019a9f3c-5d21-7c40-9a3e-0c5b7d1e2f34")
  /// A point in time (RFC 3339).
  package static let moment = Schema(
    ["type": "string", "format": "date-time"], example: "2026-11-21T09:30:00.000Z")
  /// A day of the calendar.
  package static let day = Schema(["type": "string", "format": "date"], example: "2026-11-21")
  /// US dollars.
  package static let dollars = Schema(["type": "number", "minimum": 0], example: 0.0021)

  /// A text whose characters are counted.
  package static func text(_ length: ClosedRange<Int>) -> Schema {
    Schema(
      [
        "type": "string", "minLength": .integer(Int64(length.lowerBound)),
        "maxLength": .integer(Int64(length.upperBound)),
      ], example: .string(String("text".prefix(length.upperBound))))
  }

  /// A text of at least one character.
  package static let visible = Schema(["type": "string", "minLength": 1], example: "text")

  /// A whole number within bounds.
  package static func integer(_ range: ClosedRange<Int>) -> Schema {
    let least = JSON.integer(Int64(range.lowerBound))
    return Schema(
      ["type": "integer", "minimum": least, "maximum": .integer(Int64(range.upperBound))], example: least)
  }

  /// A number within bounds.
  package static func number(_ range: ClosedRange<Double>) -> Schema {
    Schema(
      ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)],
      example: .number(range.lowerBound))
  }

  /// One of a few words.
  package static func words(_ words: [String]) -> Schema {
    Schema(
      ["type": "string", "enum": .array(words.map { .string($0) })], example: .string(words.first ?? ""))
  }

  /// One of the words of a type.
  package static func words<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> Schema {
    words(type.allCases.map(\.rawValue))
  }

  /// This value and no other.
  package static func constant(_ value: JSON) -> Schema { Schema(["const": value], example: value) }
}

// MARK: - Made of others

extension Schema: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, Schema)...) { self.init(members: elements) }

  private init(members: [(String, Schema)]) {
    var (properties, required, example) = (JSONObject(), [JSON](), JSONObject())
    self.init([:], example: .null)
    for (name, schema) in members {
      let isOptional = name.hasSuffix("?")
      let plain = isOptional ? String(name.dropLast()) : name
      properties[plain] = .object(schema.json)
      if !isOptional {
        required.append(.string(plain))
        example[plain] = schema.example
      }
      adopt(schema)
    }
    json = ["type": "object", "properties": .object(properties)]
    if !required.isEmpty { json["required"] = .array(required) }
    json["additionalProperties"] = false
    self.example = .object(example)
  }

  /// JSON inside a text.
  package static func embedded(_ schema: Schema) -> Schema {
    var text = Schema(
      ["type": "string", "contentMediaType": "application/json", "contentSchema": .object(schema.json)],
      example: .string(schema.example.text))
    text.adopt(schema)
    return text
  }

  /// The object with more members, which win over those of the same name.
  package func adding(_ other: Schema) -> Schema {
    var sum = self
    var properties = json["properties"]?.object ?? [:]
    for member in other.json["properties"]?.object?.members ?? [] { properties[member.name] = member.value }
    sum.json["properties"] = .object(properties)
    let known = json["required"]?.array ?? []
    let required = known + (other.json["required"]?.array ?? []).filter { !known.contains($0) }
    if !required.isEmpty { sum.json["required"] = .array(required) }
    var example = self.example.object ?? [:]
    for member in other.example.object?.members ?? [] { example[member.name] = member.value }
    sum.example = .object(example)
    sum.adopt(other)
    return sum
  }

  /// The object with none of its members required, as changes have it.
  package var partial: Schema {
    var part = self
    part.json["required"] = nil
    return part
  }

  /// The object, which may have members of other names.
  package var open: Schema {
    var open = self
    open.json["additionalProperties"] = nil
    return open
  }

  /// An object whose members have any names and values of one kind.
  package static func map(of value: Schema) -> Schema {
    var map = Schema(
      ["type": "object", "additionalProperties": .object(value.json)], example: ["name": value.example])
    map.adopt(value)
    return map
  }

  /// An array.
  package static func array(of element: Schema, _ count: ClosedRange<Int>? = nil) -> Schema {
    var array = Schema(["type": "array", "items": .object(element.json)], example: [element.example])
    if let count {
      array.json["minItems"] = .integer(Int64(count.lowerBound))
      array.json["maxItems"] = .integer(Int64(count.upperBound))
    }
    array.adopt(element)
    return array
  }

  /// One of several forms.
  package static func either(_ forms: Schema...) -> Schema { either(forms) }

  /// One of several forms; the first one gives the example.
  package static func either(_ forms: [Schema]) -> Schema {
    var choice = Schema(
      ["anyOf": .array(forms.map { .object($0.json) })], example: forms.first?.example ?? .null)
    for form in forms { choice.adopt(form) }
    return choice
  }

  /// The value or null.
  package var orNull: Schema {
    guard json["enum"] == nil, json["const"] == nil, let type = json["type"]?.string else {
      return .either(self, .null)
    }
    var choice = self
    choice.json["type"] = [.string(type), "null"]
    return choice
  }
}

// MARK: - Names and words

extension Schema {
  /// The schema under a name that documents list once.
  package func named(_ name: String) -> Schema {
    var reference = Schema(["$ref": .string(Self.place + name)], example: example)
    var whole = self
    whole.definitions = [:]
    reference.definitions = definitions
    reference.definitions[name] = whole
    return reference
  }

  /// The schema with a sentence about what it means.
  package func about(_ text: String) -> Schema {
    var told = self
    told.json["description"] = .string(text)
    return told
  }

  /// The schema with another example.
  package func example(_ value: JSON) -> Schema {
    var shown = self
    shown.example = value
    return shown
  }

  /// The schema with one more keyword.
  package func keyword(_ name: String, _ value: JSON) -> Schema {
    var more = self
    more.json[name] = value
    return more
  }

  private mutating func adopt(_ other: Schema) {
    definitions.merge(other.definitions) { known, _ in known }
  }
}
