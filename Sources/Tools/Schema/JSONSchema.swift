package import Basics

/// A JSON Schema as far as tools need it: it tells what is wrong with a value, in words that a model can act on.
///
/// Understood are the keywords of draft 2020-12 that ask for structure, numbers and lengths, and references within the schema.
/// `pattern` and `format` are words for the model only: an expression of somebody else's making could hold the hub for minutes.
package struct JSONSchema: Equatable, Sendable {
  /// The schema as it was given.
  package let json: JSON

  /// Checks that a schema can be used.
  ///
  /// - Throws: `invalid_schema`, naming the first keyword that is wrong.
  package init(_ json: JSON) throws(ToolError) {
    try SchemaForm(root: json).check(json, at: "parameters", depth: 0)
    self.json = json
  }

  /// What is wrong with a value, one sentence each; none when it fits.
  ///
  /// - Parameter name: what the value is called in the sentences.
  package func faults(in value: JSON, named name: String = "arguments") -> [String] {
    Self.faults(in: value, against: json, named: name)
  }

  /// The same for a schema that was checked when it was stored.
  package static func faults(
    in value: JSON, against schema: JSON, named name: String = "arguments"
  ) -> [String] {
    var walk = SchemaWalk(root: schema)
    walk.check(value, schema, at: name, depth: 0)
    return walk.faults
  }
}

extension JSON {
  /// What a local reference (`#/$defs/city`, RFC 6901 §6) points to; nil when that is nothing.
  func target(ofReference text: String) -> JSON? {
    guard text.hasPrefix("#") else { return nil }
    var place = self
    for step in text.dropFirst().split(separator: "/") {
      let name = Self.unescaped(step)
      guard let next = place[name] ?? Int(name).flatMap({ place[$0] }) else { return nil }
      place = next
    }
    return place
  }

  /// A step of a pointer: `~1` stands for a slash, `~0` for a tilde.
  private static func unescaped(_ step: Substring) -> String {
    let pieces = step.split(separator: "~", omittingEmptySubsequences: false)
    return pieces.dropFirst().reduce(String(pieces.first ?? "")) { text, piece in
      text + (piece.first == "1" ? "/" : "~") + piece.dropFirst()
    }
  }

  /// Whether both are the same value: 1 and 1.0 are.
  func isSame(as other: JSON) -> Bool {
    switch (self, other) {
    case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
    case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
    case (.object(let a), .object(let b)):
      a.members.count == b.members.count
        && a.members.allSatisfy { member in b[member.name].map { member.value.isSame(as: $0) } ?? false }
    default: self == other
    }
  }
}

/// The kinds of values that schemas name.
enum SchemaKind: String, CaseIterable {
  case null, boolean, integer, number, string, array, object

  func takes(_ value: JSON) -> Bool {
    switch (self, value) {
    case (.null, .null), (.boolean, .bool), (.string, .string), (.array, .array), (.object, .object): true
    case (.number, .integer), (.number, .number): true
    case (.integer, _): value.integer != nil
    default: false
    }
  }

  /// As an error message says it.
  var words: String {
    switch self {
    case .null: "null"
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The kinds that a schema's `type` names; nil when it has none.
  static func all(of schema: JSONObject) -> [SchemaKind]? {
    guard let type = schema["type"] else { return nil }
    let names = type.string.map { [$0] } ?? type.array?.compactMap(\.string) ?? []
    return names.compactMap { SchemaKind(rawValue: $0) }
  }
}
