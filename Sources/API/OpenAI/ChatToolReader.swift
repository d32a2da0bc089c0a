import Basics
import Model

/// The tools that a request's caller has, and what the model must do about them.
struct ChatTools: Equatable, Sendable {
  var tools: [ToolDefinition] = []
  var choice: ToolChoice?
  var allowsParallelCalls: Bool?

  private static let most = 128

  init(_ body: OpenAIBody) throws(OpenAIFault) {
    for name in ["functions", "function_call"] where body.value(name) != nil {
      throw body.unsupported(name, "Functions have become tools; send 'tools' and 'tool_choice'.")
    }
    let elements = try body.bodies("tools") ?? []
    guard elements.count <= Self.most else {
      throw body.wrongValue("tools", "There may be \(Self.most) tools.")
    }
    for element in elements {
      let tool = try Self.tool(element)
      guard !tools.contains(where: { $0.name == tool.name }) else {
        throw element.wrongValue("function.name", "Two tools are called '\(tool.name)'.")
      }
      tools.append(tool)
    }
    choice = try choice(body)
    if !tools.isEmpty, body.value("parallel_tool_calls") != nil {
      allowsParallelCalls = try body.flag("parallel_tool_calls")
    }
  }

  private static func tool(_ element: OpenAIBody) throws(OpenAIFault) -> ToolDefinition {
    let type = try element.text("type") ?? "function"
    guard type == "function" else {
      throw element.unsupported("type", "The hub knows tools of type 'function'.")
    }
    guard let function = try element.body("function") else { throw element.missing("function") }
    let name = try function.requiredText("name")
    guard ToolDefinition.isName(name) else {
      throw function.wrongValue("name", "It must be 1 to 64 letters, digits, '_' and '-'.")
    }
    let parameters = function.value("parameters")
    guard parameters.map({ $0.object != nil }) ?? true else {
      throw function.wrongType("parameters", "an object", parameters ?? .null)
    }
    return ToolDefinition(
      name: name, description: try function.text("description"),
      parameters: parameters ?? ["type": "object", "properties": [:]],
      isStrict: function.value("strict") == nil ? nil : try function.flag("strict"))
  }

  private func choice(_ body: OpenAIBody) throws(OpenAIFault) -> ToolChoice? {
    guard let value = body.value("tool_choice") else { return nil }
    switch value.string {
    case "auto"?: return tools.isEmpty ? nil : .auto
    case "none"?: return tools.isEmpty ? nil : .never
    case "required"?:
      guard !tools.isEmpty else { throw Self.noTools(body) }
      return .required
    case .some:
      throw body.wrongValue("tool_choice", "It must be 'none', 'auto', 'required', or name a function.")
    case nil: break
    }
    guard let choice = try body.body("tool_choice"), try choice.text("type") == "function",
      let function = try choice.body("function")
    else {
      throw body.unsupported(
        "tool_choice",
        "Send 'none', 'auto', 'required', or {\"type\":\"function\",\"function\":{\"name\":…}}."
      )
    }
    guard !tools.isEmpty else { throw Self.noTools(body) }
    let name = try function.requiredText("name")
    guard tools.contains(where: { $0.name == name }) else {
      throw function.wrongValue("name", "There is no tool '\(name.prefix(64))' in 'tools'.")
    }
    return .tool(name)
  }

  private static func noTools(_ body: OpenAIBody) -> OpenAIFault {
    body.wrongValue("tool_choice", "It is only allowed when 'tools' are specified.")
  }
}
