import Basics
import Knowledge
import Model

extension Schema {
  /// A document that is handed in as JSON.
  static let newDocument: Schema = [
    "name": visible.example("tea.md"), "text": visible.example("# Tea\n\nGreen tea wants 70 degrees."),
    "format?": words(DocumentFormat.self).orNull, "title?": text(0...256).orNull,
    "metadata?": either(anyObject, null),
  ]

  private static let chunking: Schema = [
    "embedder?": text(0...256).orNull.about("`lexical`, or `provider/model`."),
    "chunkSize?": integer(ChunkLimits.sizes.lowerBound...ChunkLimits.sizes.upperBound).orNull,
    "chunkOverlap?": count.orNull.about("At most half of the size."),
  ]
  fileprivate static let newCollection = chunking.adding(["name": text(1...64).example("teas")])
  fileprivate static let reindexing = chunking
  fileprivate static let documents = (["collection": visible, "embedder?": text(0...256).orNull] as Schema)
    .adding(newDocument.partial)
    .adding(["documents?": array(of: newDocument, 1...DocumentRoutes.mostDocuments)])
}

extension Operation {
  private static let oneCollection = ["collection_not_found"]
  private static let embedding = [
    "embedder_unknown", "embedder_mismatch", "embedder_failed", "dimension_mismatch",
  ]

  static let listCollections = Operation(
    "listCollections", .knowledge, gives: .page(KnowledgeCollection.schema))
  static let createCollection = Operation(
    "createCollection", .knowledge, body: .json(.newCollection, example: ["name": "teas"]),
    gives: .created(KnowledgeCollection.schema), fails: ["already_exists", "embedder_unknown"])
  static let getCollection = Operation(
    "getCollection", .knowledge, gives: .ok(KnowledgeCollection.schema), fails: oneCollection)
  static let deleteCollection = Operation(
    "deleteCollection", .knowledge, gives: .noContent, fails: oneCollection + ["collection_filled"])
  static let reindexCollection = Operation(
    "reindexCollection", .knowledge, "The old vectors answer until the last new one is there.",
    body: .json(.reindexing, example: [:]), isBodyOptional: true, gives: .accepted(IndexJob.schema),
    fails: oneCollection + ["embedder_unknown"])
  static let searchKnowledge = Operation(
    "searchKnowledge", .knowledge, "By words and by vectors; `score` joins both ranks.",
    body: .json(
      [
        "collection": .visible, "question": .visible, "limit?": Schema.integer.orNull,
        "documents?": Schema.array(of: .text, 0...1000).orNull, "metadata?": .either(.anyObject, .null),
      ], example: ["collection": "teas", "question": "how hot for green tea"]),
    gives: .ok(answer), fails: oneCollection + embedding)

  static let listDocuments = Operation(
    "listDocuments", .knowledge, "",
    [
      Parameter("collection", .visible.example("teas"), "Whose documents.", isRequired: true), .limit,
      Parameter("after", Schema.text.example(""), "`next` of the page before."),
    ], gives: .page(KnowledgeDocument.schema), fails: oneCollection)
  static let addDocuments = Operation(
    "addDocuments", .knowledge,
    "As JSON: one document (`name`, `text`) or several (`documents`). With `collection` and `name` in the query the body is the document, as it is.",
    [
      Parameter("collection", Schema.text.example("teas"), "For a document as it is: where to."),
      Parameter("name", Schema.text.example("tea.md"), "For a document as it is: its name."),
      Parameter("format", .words(DocumentFormat.self), "What it is, if its name does not tell."),
      Parameter("title", Schema.text.example("Tea"), "What it is called."),
    ],
    body: .json(
      .documents,
      example: ["collection": "teas", "name": "tea.md", "text": "# Tea\n\nGreen tea wants 70 degrees."]),
    .text("text/plain", "A document as it is.", example: "Green tea wants 70 degrees."),
    gives: .ok(IndexJob.schema), .accepted(IndexJob.schema),
    fails: oneCollection + embedding + [
      "document_unsupported", "document_malformed", "document_empty", "document_too_large",
    ])
  static let getDocument = Operation(
    "getDocument", .knowledge, "", [Parameter("text", .flag, "Whether its text comes with it.")],
    gives: .ok(KnowledgeDocument.members.adding(["text?": Schema.text.orNull])), fails: ["document_not_found"]
  )
  static let deleteDocument = Operation(
    "deleteDocument", .knowledge, gives: .noContent, fails: ["document_not_found"])

  static let listIndexJobs = Operation(
    "listIndexJobs", .knowledge, "", Parameter.paging, gives: .page(IndexJob.schema))
  static let getIndexJob = Operation(
    "getIndexJob", .knowledge,
    gives: .ok(IndexJob.members.adding(["documents": .array(of: IndexItem.schema)])), fails: ["job_not_found"]
  )
  static let retryIndexJob = Operation(
    "retryIndexJob", .knowledge, gives: .accepted(IndexJob.schema),
    fails: ["job_not_found", "job_not_failed"])

  // MARK: Shapes

  private static let answer =
    ([
      "collection": .text, "revision": .count, "embedder": .text, "usesVectors": .flag,
      "hits": .array(of: hit),
    ] as Schema).named("SearchAnswer")

  private static let hit: Schema = [
    "text": .text, "score": .number,
    "citation": [
      "document": .identifier, "name": .text, "title": .text, "heading": .text, "version": .count,
      "chunk": .count, "start": .count, "end": .count,
    ],
    "metadata": .anyObject,
    "scores": [
      "words": rank("bm25"), "vector": rank("cosine"),
    ],
  ]

  private static func rank(_ score: String) -> Schema {
    .either((["rank": .count] as Schema).adding(Schema(dictionaryLiteral: (score + "?", .number))), .null)
  }
}
