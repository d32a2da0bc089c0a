import Basics
import Testing
import Tools

struct JSONSchemaTests {
  private static func json(_ text: String) throws -> JSON { try JSON.parse(text) }

  private static let city = """
    {"type":"object","properties":{"city":{"type":"string","minLength":1,"maxLength":5},
    "days":{"type":"integer","minimum":1,"maximum":7},"units":{"enum":["C","F"]},
    "tags":{"type":"array","items":{"type":"string"},"maxItems":2,"uniqueItems":true},
    "near":{"$ref":"#/$defs/place"}},"required":["city"],"additionalProperties":false,
    "$defs":{"place":{"type":"object","required":["lat"],"properties":{"lat":{"type":"number"},
    "next":{"$ref":"#/$defs/place"}}}}}
    """

  @Test(
    arguments: [
      #"{"city":"Rome"}"#, #"{"city":"Rome","days":3.0}"#, #"{"city":"Rome","units":"F","tags":["a","b"]}"#,
      #"{"city":"Rome","near":{"lat":1,"next":{"lat":2.5}}}"#, #"{"city":"🦙🦙🦙🦙🦙"}"#,
    ])
  func `what fits has no faults`(value: String) throws {
    let schema = try JSONSchema(Self.json(Self.city))
    #expect(schema.faults(in: try Self.json(value)) == [])
  }

  @Test(
    arguments: [
      (#"{}"#, "arguments.city is missing."), (#"[]"#, "arguments must be an object, not an array."),
      (#"{"city":5}"#, "arguments.city must be a string, not a number."),
      (#"{"city":""}"#, "arguments.city must have at least 1 characters."),
      (#"{"city":"Berlin"}"#, "arguments.city must have at most 5 characters."),
      (#"{"city":"Rome","days":0}"#, "arguments.days must be at least 1."),
      (#"{"city":"Rome","days":8}"#, "arguments.days must be at most 7."),
      (#"{"city":"Rome","days":1.5}"#, "arguments.days must be a whole number, not a number."),
      (#"{"city":"Rome","units":"K"}"#, #"arguments.units must be one of "C", "F"."#),
      (#"{"city":"Rome","tags":["a",1]}"#, "arguments.tags[1] must be a string, not a number."),
      (#"{"city":"Rome","tags":["a","a"]}"#, "arguments.tags must have no two elements that are the same."),
      (#"{"city":"Rome","tags":["a","b","c"]}"#, "arguments.tags must have at most 2 elements."),
      (#"{"city":"Rome","citty":1}"#, "arguments.citty is not known. Did you mean city?"),
      (#"{"city":"Rome","near":{"lat":1,"next":{}}}"#, "arguments.near.next.lat is missing."),
      (#"{"city":null}"#, "arguments.city must be a string, not null."),
    ])
  func `what does not fit is named`(value: String, fault: String) throws {
    let schema = try JSONSchema(Self.json(Self.city))
    #expect(schema.faults(in: try Self.json(value)) == [fault])
  }

  @Test(
    arguments: [
      (#"{"const":3}"#, "3.0", true), (#"{"const":3}"#, "4", false),
      (#"{"type":["string","null"]}"#, "null", true),
      (#"{"type":"string","nullable":true}"#, "null", true), (#"{"type":"boolean"}"#, "false", true),
      (#"{"exclusiveMinimum":1}"#, "1", false), (#"{"exclusiveMaximum":2}"#, "1.99", true),
      (#"{"multipleOf":0.1}"#, "0.3", true), (#"{"multipleOf":5}"#, "12", false),
      (#"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#, "7", true),
      (#"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#, "7.5", false),
      (#"{"oneOf":[{"minimum":1},{"maximum":5}]}"#, "3", false),
      (#"{"oneOf":[{"minimum":4},{"maximum":2}]}"#, "5", true),
      (#"{"allOf":[{"minimum":1},{"maximum":5}]}"#, "6", false),
      (#"{"not":{"type":"string"}}"#, #""a""#, false),
      (#"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, #"["a",1,2]"#, true),
      (#"{"prefixItems":[{"type":"string"}],"items":false}"#, #"["a",1]"#, false),
      (#"{"additionalProperties":{"type":"integer"}}"#, #"{"a":1,"b":"x"}"#, false),
      (#"{"patternProperties":{"^x-":{}},"additionalProperties":false}"#, #"{"x-a":1}"#, true),
      (#"{"properties":{"a":{"type":"string"}},"patternProperties":{}}"#, #"{"a":1}"#, false),
      (#"{"minProperties":1}"#, "{}", false), (#"{"maxProperties":1}"#, #"{"a":1,"b":2}"#, false),
      (#"{"minItems":1}"#, "[]", false), ("true", "1", true), ("false", "1", false), ("{}", "null", true),
      (#"{"enum":[{"a":[1,2]}]}"#, #"{"a":[1.0,2]}"#, true),
      (#"{"type":"integer"}"#, "9007199254740993", true),
      (##"{"properties":{"a/b":{"type":"string"}},"items":{"$ref":"#/properties/a~1b"}}"##, "[1]", false),
    ])
  func `keywords hold`(schema: String, value: String, fits: Bool) throws {
    let faults = try JSONSchema(Self.json(schema)).faults(in: Self.json(value))
    #expect(faults.isEmpty == fits, "\(faults)")
  }

  @Test(
    arguments: [
      (#"5"#, "parameters must be a schema"), (#"{"type":"text"}"#, "parameters.type must be one of"),
      (#"{"type":[]}"#, "parameters.type"),
      (#"{"properties":[]}"#, "parameters.properties must be an object"),
      (#"{"properties":{"a":{"type":3}}}"#, "parameters.properties.a.type"),
      (#"{"required":"a"}"#, "parameters.required must be an array of names"),
      (#"{"items":{"minimum":"1"}}"#, "parameters.items.minimum must be a number"),
      (#"{"multipleOf":0}"#, "parameters.multipleOf must be a number above 0"),
      (#"{"enum":[]}"#, "parameters.enum"), (#"{"anyOf":{}}"#, "parameters.anyOf"),
      (#"{"maxLength":-1}"#, "parameters.maxLength"), (##"{"$ref":"#/$defs/x"}"##, "parameters.$ref"),
      (#"{"$ref":"https://example.com/schema"}"#, "parameters.$ref"),
      (#"{"description":1}"#, "parameters.description"),
    ])
  func `what is no schema is refused`(schema: String, words: String) throws {
    let json = try Self.json(schema)
    #expect {
      try JSONSchema(json)
    } throws: { error in
      (error as? ToolError)?.code == "invalid_schema" && "\(error)".hasPrefix(words)
    }
  }

  @Test func `a schema that would take for ever is given up`() throws {
    let loop = try JSONSchema(Self.json(##"{"$ref":"#"}"##))
    #expect(loop.faults(in: 1) == ["arguments is too deep or too large to be checked."])
    let twice =
      ##"{"anyOf":[{"allOf":[{"$ref":"#"},{"type":"string"}]},{"allOf":[{"$ref":"#"},{"type":"null"}]}]}"##
    #expect(!(try JSONSchema(Self.json(twice)).faults(in: 1).isEmpty))
  }

  @Test func `a value that is wrong everywhere is told of eight times`() throws {
    let schema = try JSONSchema(Self.json(#"{"items":{"type":"string"}}"#))
    #expect(schema.faults(in: .array(Array(repeating: 1, count: 50))).count == 8)
  }
}
