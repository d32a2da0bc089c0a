package import Basics
package import Model
package import Tools

/// `run_written_sql`: the statement in what a model wrote. For pipelines whose model writes SQL where it should call `run_sql`, as models
/// without tools do.
package struct RunWrittenSQLTool: Tool {
  private let scope: DatasetScope
  private let workspace: DatasetWorkspace

  package init(_ scope: DatasetScope, workspace: DatasetWorkspace) {
    self.scope = scope
    self.workspace = workspace
  }

  package static let name = "run_written_sql"

  package var definition: ToolDefinition {
    ToolDefinition(
      name: Self.name,
      description: """
        Finds the SQL SELECT statement in a text and runs it on the table transactions, as run_sql does; the result has it as sql, which \
        is null for a text without one.
        """,
      parameters: [
        "type": "object",
        "properties": ["text": ["type": "string", "description": "What was written."]],
        "required": ["text"],
      ])
  }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    guard let sql = arguments["text"]?.string.flatMap(SQLExtraction.statement(in:)) else {
      return .json(["sql": .null])
    }
    let dataset = try await scope.dataset(of: context)
    let result = try await workspace.runSQL(sql, on: dataset, for: DatasetWorkspace.Occasion(context))
    var object: JSONObject = ["sql": .string(sql)]
    for member in result.json.object?.members ?? [] { object[member.name] = member.value }
    return .json(.object(object))
  }
}
