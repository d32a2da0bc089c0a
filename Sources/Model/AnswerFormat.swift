package import Basics

/// How much a model shall think before it answers. Each model takes some of these; the provider refuses the others.
package enum ReasoningEffort: String, Sendable, CaseIterable {
  case off = "none"
  case minimal, low, medium, high, xhigh, max
}

/// What an answer's text must be.
package enum AnswerFormat: Equatable, Sendable {
  /// Some JSON document.
  case json
  /// JSON that fits a schema.
  case schema(AnswerSchema)
}

/// A JSON Schema that an answer must fit.
package struct AnswerSchema: Equatable, Sendable {
  /// Letters, digits, `_` and `-`, at most 64.
  package var name: String
  package var description: String?
  package var schema: JSON
  /// Whether the provider shall enforce it to the letter; nil leaves that to the provider.
  package var isStrict: Bool?

  package init(name: String, description: String? = nil, schema: JSON, isStrict: Bool? = nil) {
    self.name = name
    self.description = description
    self.schema = schema
    self.isStrict = isStrict
  }
}

/// A tool as a model is told of it.
package struct ToolDefinition: Equatable, Sendable {
  /// Letters, digits, `_` and `-`, at most 64.
  package var name: String
  package var description: String?
  /// A JSON Schema of the arguments, an object.
  package var parameters: JSON
  /// Whether the provider shall enforce the schema to the letter; nil leaves that to the provider.
  package var isStrict: Bool?

  package init(name: String, description: String? = nil, parameters: JSON, isStrict: Bool? = nil) {
    self.name = name
    self.description = description
    self.parameters = parameters
    self.isStrict = isStrict
  }

  /// Whether every provider takes a text as the name of a tool.
  package static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
  }

  /// Letters, digits, `_` and `-`.
  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }
}

/// Whether a model may, must or must not call a tool.
package enum ToolChoice: Equatable, Sendable {
  case auto, required, never
  /// It must call this one.
  case tool(String)
}
