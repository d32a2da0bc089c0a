package import Basics
package import Model
import Storage
package import Tools

/// `write_code`: shows code beside the conversation's data set, without running it.
package struct WriteCodeTool: Tool {
  private let scope: DatasetScope

  package init(_ scope: DatasetScope) { self.scope = scope }

  package var definition: ToolDefinition {
    ToolDefinition(
      name: "write_code",
      description: "Shows SQL or Python code to the user, before it is run. It does not run it.",
      parameters: [
        "type": "object",
        "properties": [
          "code": ["type": "string", "description": "The code, without a fence."],
          "language": ["type": "string", "enum": ["sql", "python"]],
          "description": ["type": "string", "description": "What the code is for, in one sentence."],
        ],
        "required": ["code", "language"],
      ])
  }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let code = arguments["code"]?.string ?? ""
    let language = arguments["language"]?.string.flatMap(CodeExecution.Language.init(rawValue:)) ?? .sql
    let dataset = try await scope.dataset(of: context)
    try await scope.service.store.write { store in
      try store.workspaces.putSidebar(
        of: dataset, sqlCode: language == .sql ? code : nil, pythonCode: language == .python ? code : nil,
        tenant: context.tenant)
    }
    return .json([
      "success": true, "message": .string("The \(language.rawValue) code is shown."),
      "language": .string(language.rawValue), "code": .string(code),
      "description": .optional(arguments["description"]?.string),
    ])
  }
}
