import Basics
import Model

extension Schema {
  /// What `ToolChange` reads of a change.
  private static let toolChange: Schema = [
    "name?": text(1...64).orNull, "description?": text.orNull,
    "method?": words(RegisteredTool.Method.self).orNull,
    "url?": text.orNull, "headers?": either(map(of: text), null), "parameters?": either(anyObject, null),
    "timeout?": number.orNull.about("Seconds."), "maxResultBytes?": integer.orNull,
    "approval?": words(ToolApproval.self).orNull,
  ]
  fileprivate static let newTool = toolChange.adding([
    "name": text(1...64).keyword("pattern", "^[A-Za-z0-9_-]+$").example("weather"),
    "url": visible.example("https://example.com/weather/{city}"),
  ]).named("NewTool")
  fileprivate static let changedTool = toolChange.named("ToolChange")

  fileprivate static let tool =
    ([
      "name": text.example("weather"), "description": text.orNull, "builtIn": flag.example(false),
      "method?": words(RegisteredTool.Method.self), "url?": text, "headers?": map(of: text),
      "parameters": anyObject, "timeout": number, "maxResultBytes": count,
      "approval": words(ToolApproval.self),
      "createdAt?": moment, "updatedAt?": moment,
    ] as Schema).named("Tool")
}

extension Operation {
  private static let refusals = ["invalid_tool", "invalid_schema"]

  static let listTools = Operation("listTools", .tools, gives: .page(.tool))
  static let registerTool = Operation(
    "registerTool", .tools,
    "`{name}` in the address is filled from the arguments; `parameters` is a JSON Schema that they are held against.",
    [.idempotencyKey],
    body: .json(
      .newTool,
      example: [
        "name": "weather", "description": "The weather of a city.",
        "url": "https://example.com/weather/{city}",
        "parameters": [
          "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
        ],
      ]), gives: .created(.tool), fails: refusals + ["tool_exists"])
  static let getTool = Operation("getTool", .tools, gives: .ok(.tool), fails: ["tool_not_found"])
  static let changeTool = Operation(
    "changeTool", .tools, "", body: .json(.changedTool, example: ["description": "Sun or rain."]),
    gives: .ok(.tool), fails: refusals + ["tool_not_found", "tool_built_in"])
  static let removeTool = Operation(
    "removeTool", .tools, gives: .noContent, fails: ["tool_not_found", "tool_built_in"])
}
