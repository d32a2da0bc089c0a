package import Basics
package import Model
package import Tools

/// `recall_results`: what the conversation has looked up lately, in words for a prompt. A pipeline's step can fetch it for an agent's input.
package struct RecallResultsTool: Tool {
  private let memory: ResultMemoryService

  package let definition = ToolDefinition(
    name: "recall_results",
    description: """
      Returns what was looked up earlier in this conversation: the last \(ResultMemory.most) results of query_field_service with their rows and \
      ids. Call it when a question refers to something from before, like "that job" or "the first one".
      """,
    parameters: ["type": "object", "properties": [:], "additionalProperties": false])

  package init(_ memory: ResultMemoryService) { self.memory = memory }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    .text(await memory.recall(company: try FieldService.company(of: context), in: context).text)
  }
}
