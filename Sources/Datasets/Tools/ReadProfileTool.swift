package import Basics
package import Model
import Tables
package import Tools

/// `read_data_dna`: the profile of the conversation's data set, or parts of it.
package struct ReadProfileTool: Tool {
  private let scope: DatasetScope

  package init(_ scope: DatasetScope) { self.scope = scope }

  package var definition: ToolDefinition {
    ToolDefinition(
      name: "read_data_dna",
      description: """
        Returns what is known of the data set: its columns with their types and statistics, baselines, correlations, patterns. Name sections \
        to get only those.
        """,
      parameters: [
        "type": "object",
        "properties": [
          "sections": [
            "type": "array", "description": "Which parts; all when left out.",
            "items": ["type": "string", "enum": .array(ProfileSection.names.map { .string($0) })],
          ]
        ],
      ])
  }

  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let profile = try await scope.service.profile(for: scope.dataset(of: context), tenant: context.tenant)
    let sections = arguments["sections"]?.array?.compactMap(\.string) ?? []
    return .json(ProfileSection.select(sections, of: profile))
  }
}
