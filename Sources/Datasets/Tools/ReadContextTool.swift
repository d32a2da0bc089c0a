package import Basics
package import Model
import Storage
package import Tools

/// `read_context`: what earlier questions found out about the conversation's data set, and what was said about it, in this chat and in others.
package struct ReadContextTool: Tool {
  private let scope: DatasetScope

  package init(_ scope: DatasetScope) { self.scope = scope }

  package var definition: ToolDefinition {
    ToolDefinition(
      name: "read_context",
      description: """
        Returns what earlier questions found out about the data set (insights), what it is (context), and what was talked about so far \
        (summary), in all chats about it.
        """,
      parameters: [
        "type": "object",
        "properties": [
          "query_type": [
            "type": "string", "description": "all, or a word that the findings must hold.",
          ]
        ],
      ])
  }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let memory = try await scope.service.memory(
      of: scope.dataset(of: context), tenant: context.tenant)
    let insights = Insight.select(memory.insights, about: arguments["query_type"]?.string)
    return .json([
      "insights": .array(insights), "context": .string(memory.block.text),
      "summary": .optional(memory.summary?.text),
    ])
  }
}
