package import Basics
package import Model
package import Tools

/// `write_context`: keeps what was found out about the conversation's data set, for later questions and chats.
package struct WriteContextTool: Tool {
  private let scope: DatasetScope

  package init(_ scope: DatasetScope) { self.scope = scope }

  package var definition: ToolDefinition {
    ToolDefinition(
      name: "write_context",
      description: "Keeps an insight about the data set, so that later questions can build on it.",
      parameters: [
        "type": "object",
        "properties": [
          "insight": [
            "type": "object",
            "properties": [
              "query": ["type": "string", "description": "The question that led to it."],
              "finding": ["type": "string", "description": "What was found, in one sentence."],
              "baseline_update": ["type": "object", "description": "Figures to compare with later."],
              "timestamp": ["type": "string", "description": "When; now when left out."],
            ],
            "required": ["query", "finding"],
          ]
        ],
        "required": ["insight"],
      ])
  }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let count = try await scope.service.addInsight(
      arguments["insight"] ?? [:], to: scope.dataset(of: context), tenant: context.tenant)
    return .json([
      "success": true, "message": "The insight is kept.", "total_insights": .integer(Int64(count)),
    ])
  }
}
