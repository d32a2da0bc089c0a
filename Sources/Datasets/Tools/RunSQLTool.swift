package import Basics
package import Model
package import Tools

/// `run_sql`: one SELECT on the table `transactions` of the conversation's data set.
package struct RunSQLTool: Tool {
  private let scope: DatasetScope
  private let workspace: DatasetWorkspace

  package init(_ scope: DatasetScope, workspace: DatasetWorkspace) {
    self.scope = scope
    self.workspace = workspace
  }

  package var definition: ToolDefinition {
    ToolDefinition(
      name: "run_sql",
      description: """
        Runs one SQL SELECT statement (SQLite's dialect, with median, stddev, variance, percentile and corr) on the table transactions \
        and returns columns, rows and row_count. Nothing can be changed.
        """,
      parameters: [
        "type": "object",
        "properties": [
          "sql": ["type": "string", "description": "One SELECT statement on the table transactions."],
          "limit": [
            "type": "integer", "minimum": 1, "description": "Rows of the answer at most; 500 when left out.",
          ],
        ],
        "required": ["sql"],
      ])
  }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let dataset = try await scope.dataset(of: context)
    let result = try await workspace.runSQL(
      arguments["sql"]?.string ?? "", limit: arguments["limit"]?.integer.map { Int($0) }, on: dataset,
      for: DatasetWorkspace.Occasion(context))
    return .json(result.json)
  }
}
