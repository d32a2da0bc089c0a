package import Basics
package import Model

/// What is looked for, and where.
package struct SearchQuery: Equatable, Sendable {
  package var collection: String
  package var tenant: String
  package var question: String
  /// How many chunks are wanted.
  package var limit: Int
  /// Ids or names of the only documents to look at; nil for all.
  package var documents: [String]?
  /// What the documents' metadata must have.
  package var metadata: JSONObject
  /// Who asks, and pays for the question's vector; nil when no agent does.
  package var agent: Identifier<Agent>?
  /// Another collection that is searched, too, if there is one of that name.
  package var addition: String?

  /// Chunks that may be asked for.
  package static let limits = 1...50
  /// Characters of a question.
  package static let longestQuestion = 8000

  package init(
    collection: String, tenant: String = "default", question: String, limit: Int = 5,
    documents: [String]? = nil, metadata: JSONObject = [:], agent: Identifier<Agent>? = nil,
    addition: String? = nil
  ) {
    self.collection = collection
    self.tenant = tenant
    self.question = question
    self.limit = limit
    self.documents = documents
    self.metadata = metadata
    self.agent = agent
    self.addition = addition
  }
}

/// A chunk that was found: where it stands, what it says, and why it is here.
package struct SearchHit: Equatable, Sendable {
  package var document: Identifier<KnowledgeDocument>
  package var documentName: String
  package var title: String
  package var version: Int
  package var heading: String
  /// Which chunk of its document it is, from 0.
  package var position: Int
  /// Bytes of the document's text.
  package var range: Range<Int>
  package var text: String
  package var metadata: JSONObject
  /// Of both rankings together; only its order means something.
  package var score: Double
  /// Its place among the chunks that have the words, from 1, and its BM25.
  package var wordRank: Int?
  package var wordScore: Double?
  /// Its place among the vectors, from 1.
  package var vectorRank: Int?
  /// Its vector's cosine with the question's; nil when no vectors were looked at.
  package var likeness: Double?

  /// How near it is to the question, from 1/3 to 1: 1 / (1 + distance), where the distance is what its cosine lacks to 1.
  package var similarity: Double? { likeness.map { 1 / (2 - $0) } }
}

/// What was found, and how.
package struct SearchAnswer: Equatable, Sendable {
  package var collection: String
  /// Who made the vectors.
  package var embedder: String
  /// Whether vectors were looked at; without room for them only words are.
  package var usesVectors: Bool
  package var hits: [SearchHit]
  /// The collection's revision that was looked at.
  package var revision: Int64
}

extension SearchHit: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("text", text)
    writer.member("score", json: .number(score))
    writer.member("citation", json: citation)
    writer.member("metadata", json: .object(metadata))
    writer.member("scores", json: scores)
    writer.endObject()
  }

  /// Where it stands.
  package var citation: JSON {
    [
      "document": .string(document.text), "name": .string(documentName), "title": .string(title),
      "heading": .string(heading), "version": .integer(Int64(version)), "chunk": .integer(Int64(position)),
      "start": .integer(Int64(range.lowerBound)), "end": .integer(Int64(range.upperBound)),
    ]
  }

  private var scores: JSON {
    func part(_ rank: Int?, _ name: String, _ value: Double?) -> JSON {
      guard let rank else { return .null }
      var object: JSONObject = ["rank": .integer(Int64(rank))]
      object[name] = value.map { .number($0) }
      return .object(object)
    }
    return ["words": part(wordRank, "bm25", wordScore), "vector": part(vectorRank, "cosine", likeness)]
  }
}

extension SearchAnswer: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("collection", collection)
    writer.member("revision", revision)
    writer.member("embedder", embedder)
    writer.member("usesVectors", usesVectors)
    writer.member("hits", hits)
    writer.endObject()
  }
}
