package import Basics
package import Model
package import Tools

/// `retrieve`: lets a model look something up in a collection of documents.
///
/// An agent's `settings` may name the `collection`, and then the model cannot look elsewhere, and the `limit` of chunks.
package struct RetrieveTool: Tool {
  private static let mostChunks = 10

  private let knowledge: KnowledgeService

  package init(_ knowledge: KnowledgeService) { self.knowledge = knowledge }

  package let definition = ToolDefinition(
    name: "retrieve",
    description: "Finds what the stored documents say about a question. Cite a source by its number.",
    parameters: [
      "type": "object",
      "properties": [
        "question": ["type": "string", "description": "What to look up, in full words."],
        "collection": ["type": "string", "description": "Where to look; left out when the agent has one."],
        "limit": ["type": "integer", "minimum": 1, "maximum": 10],
      ], "required": ["question"], "additionalProperties": false,
    ])

  /// - Throws: `collection_not_found`, `invalid_field`, `embedder_failed`; a question that nothing answers is no error.
  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    guard let collection = context.settings["collection"]?.string ?? arguments["collection"]?.string else {
      throw KnowledgeError.invalid(what: "collection", mustBe: "the name of a collection")
    }
    let wanted = arguments["limit"]?.integer ?? context.settings["limit"]?.integer
    let limit = min(max(1, Int(clamping: wanted ?? Int64(RetrievalRequest.standardLimit))), Self.mostChunks)
    let answer = try await knowledge.search(
      SearchQuery(
        collection: collection, tenant: context.tenant, question: arguments["question"]?.string ?? "",
        limit: limit, agent: context.agent.id))
    guard !answer.hits.isEmpty else { return .text(SourceText.nothingFound) }
    let sources = answer.hits.enumerated().map { index, hit -> JSON in
      ["source": .integer(Int64(index + 1)), "citation": hit.citation, "text": .string(hit.text)]
    }
    return .json(["collection": .string(collection), "sources": .array(sources)])
  }
}
