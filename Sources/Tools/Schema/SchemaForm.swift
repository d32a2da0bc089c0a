import Basics

/// Whether a schema is one: each keyword that is understood must have the form that it should.
struct SchemaForm {
  let root: JSON

  private static let deepest = 32

  func check(_ schema: JSON, at path: String, depth: Int) throws(ToolError) {
    guard depth < Self.deepest else {
      throw Self.fault(path, "nested less deeply than \(Self.deepest) levels")
    }
    if schema.bool != nil { return }
    guard let object = schema.object else { throw Self.fault(path, "a schema: an object, true or false") }
    for member in object.members {
      try check(member.value, of: member.name, at: "\(path).\(member.name)", depth: depth)
    }
  }

  private func check(_ value: JSON, of keyword: String, at path: String, depth: Int) throws(ToolError) {
    switch keyword {
    case "type": try checkKinds(value, path)
    case "properties", "$defs", "definitions", "dependentSchemas":
      guard let object = value.object else { throw Self.fault(path, "an object of schemas") }
      for member in object.members {
        try check(member.value, at: "\(path).\(member.name)", depth: depth + 1)
      }
    case "items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else":
      try check(value, at: path, depth: depth + 1)
    case "anyOf", "oneOf", "allOf", "prefixItems":
      guard let schemas = value.array, !schemas.isEmpty else { throw Self.fault(path, "an array of schemas") }
      for (index, schema) in schemas.enumerated() {
        try check(schema, at: "\(path)[\(index)]", depth: depth + 1)
      }
    case "$ref":
      guard let text = value.string, root.target(ofReference: text) != nil else {
        throw Self.fault(path, "a reference to a part of this schema, like #/$defs/city")
      }
    default: try checkPlain(value, of: keyword, at: path)
    }
  }

  private func checkPlain(_ value: JSON, of keyword: String, at path: String) throws(ToolError) {
    switch keyword {
    case "required":
      guard let names = value.array, names.allSatisfy({ $0.string != nil }) else {
        throw Self.fault(path, "an array of names")
      }
    case "enum":
      guard let values = value.array, !values.isEmpty else { throw Self.fault(path, "an array of values") }
    case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
      guard value.number != nil else { throw Self.fault(path, "a number") }
    case "multipleOf":
      guard let number = value.number, number > 0 else { throw Self.fault(path, "a number above 0") }
    case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
      guard let number = value.integer, number >= 0 else { throw Self.fault(path, "a whole number from 0") }
    case "uniqueItems", "nullable":
      guard value.bool != nil else { throw Self.fault(path, "true or false") }
    case "description", "title", "pattern", "format":
      guard value.string != nil else { throw Self.fault(path, "a string") }
    default: break
    }
  }

  private func checkKinds(_ value: JSON, _ path: String) throws(ToolError) {
    let names = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    let isWhole = value.array.map { $0.count == names.count } ?? true
    guard isWhole, !names.isEmpty, names.allSatisfy({ SchemaKind(rawValue: $0) != nil }) else {
      throw Self.fault(path, "one of \(SchemaKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  private static func fault(_ path: String, _ expected: String) -> ToolError {
    ToolError("invalid_schema", "\(path) must be \(expected).")
  }
}
