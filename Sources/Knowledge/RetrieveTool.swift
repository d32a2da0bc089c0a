package import Basics
package import Model
package import Tools

/// `retrieve`: lets a model, or a step of a pipeline, look something up in a collection of documents.
///
/// An agent's `settings` may name the `collection`, and then the model cannot look elsewhere, the `limit` of chunks, and the `mode` of a worker; a
/// step names them in its arguments. Where a run belongs to a company, its own documents are looked at, too: those of the collection
/// `COLLECTION.COMPANY`, if there is one.
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
        "mode": [
          "type": "string", "enum": .array(RetrievalMode.allCases.map { .string($0.rawValue) }),
          "description":
            "Usually left out. cag gives all documents whole, hybrid what the conversation has found first.",
        ],
      ], "required": ["question"], "additionalProperties": false,
    ])

  /// Whole documents are longer than what tools usually answer.
  package let terms = ToolTerms(maximumResult: 400_000)

  /// - Throws: `collection_not_found`, `invalid_field`, `embedder_failed`; a question that nothing answers is no error. With a mode it never
  ///   throws because of the documents: what went wrong is a sentence.
  package func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let request = try Self.request(arguments, context)
    if Self.word("mode", arguments, context) != nil {
      return .text(await knowledge.retrieve(request).text)
    }
    let answer = try await knowledge.search(
      SearchQuery(
        collection: request.collection, tenant: request.tenant, question: request.question,
        limit: request.limit, agent: request.agent, addition: request.addition))
    guard !answer.hits.isEmpty else { return .text(SourceText.nothingFound) }
    return .json(Self.sources(answer.hits, in: request.collection))
  }

  /// The agent's settings win over what a model asks for.
  private static func word(_ name: String, _ arguments: JSONObject, _ context: ToolContext) -> String? {
    context.settings[name]?.string ?? arguments[name]?.string
  }

  private static func request(
    _ arguments: JSONObject, _ context: ToolContext
  ) throws(KnowledgeError) -> RetrievalRequest {
    guard let collection = word("collection", arguments, context) else {
      throw .invalid(what: "collection", mustBe: "the name of a collection")
    }
    let company = context.parameters["company_id"]?.string
    // A model must not come to another company's documents by their collection's name.
    if company != nil, context.settings["collection"] == nil, collection.utf8.contains(UInt8(ascii: ".")) {
      throw .notFound(noun: "collection", name: collection)
    }
    let wanted = arguments["limit"]?.integer ?? context.settings["limit"]?.integer
    return RetrievalRequest(
      mode: word("mode", arguments, context).flatMap { RetrievalMode(rawValue: $0) } ?? .rag,
      collection: collection, tenant: context.tenant,
      session: [context.conversation.text, company ?? ""].joined(separator: " "),
      question: arguments["question"]?.string ?? "",
      limit: min(max(1, Int(clamping: wanted ?? Int64(RetrievalRequest.standardLimit))), mostChunks),
      agent: context.agent.id, addition: company.map { "\(collection).\($0)" })
  }

  /// `{"collection","confidence","sources":[{"source","rank","name","similarity","citation","text"}]}`, where the confidence is the mean
  /// similarity; both are missing when no vectors were looked at.
  private static func sources(_ hits: [SearchHit], in collection: String) -> JSON {
    let similarities = hits.compactMap(\.similarity)
    var answer: JSONObject = ["collection": .string(collection)]
    if !similarities.isEmpty {
      answer["confidence"] = .number(rounded(similarities.reduce(0, +) / Double(similarities.count)))
    }
    answer["sources"] = .array(
      hits.enumerated().map { index, hit in
        var source: JSONObject = [
          "source": .integer(Int64(index + 1)), "rank": .integer(Int64(index + 1)),
          "name": .string(hit.documentName),
        ]
        source["similarity"] = hit.similarity.map { .number(rounded($0)) }
        source["citation"] = hit.citation
        source["text"] = .string(hit.text)
        return .object(source)
      })
    return .object(answer)
  }

  /// To four digits; more would say something that is not there.
  private static func rounded(_ number: Double) -> Double { (number * 10_000).rounded() / 10_000 }
}
