package import Basics

/// Documents that are searched together: one way of cutting them, one maker of vectors.
package struct KnowledgeCollection: Equatable, Sendable {
  /// How much can be found in a collection.
  package struct Size: Equatable, Sendable {
    package var documents: Int
    package var chunks: Int

    package init(documents: Int, chunks: Int) {
      self.documents = documents
      self.chunks = chunks
    }
  }

  /// Its place in the database; ids of chunks begin with it.
  package var number: Int64
  package var tenant: String
  package var name: String
  /// Who makes its vectors: `lexical`, or `provider/model`.
  package var embedder: String
  /// How long its vectors are; nil before the first.
  package var dimensions: Int?
  package var limits: ChunkLimits
  /// Counts the changes of what can be found.
  package var revision: Int64
  /// What can be found now; nil where nobody asked for it.
  package var size: Size?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    number: Int64, tenant: String, name: String, embedder: String, dimensions: Int?, limits: ChunkLimits,
    revision: Int64 = 0, size: Size? = nil, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.number = number
    self.tenant = tenant
    self.name = name
    self.embedder = embedder
    self.dimensions = dimensions
    self.limits = limits
    self.revision = revision
    self.size = size
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// Whether a name can stand in a path: 1 to 64 letters, digits, `-`, `_` and `.`.
  package static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}

extension KnowledgeCollection: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", name)
    writer.member("embedder", embedder)
    writer.member("dimensions", json: dimensions.map { .integer(Int64($0)) } ?? .null)
    writer.member("chunkSize", limits.size)
    writer.member("chunkOverlap", limits.overlap)
    writer.member("revision", revision)
    if let size {
      writer.member("documents", size.documents)
      writer.member("chunks", size.chunks)
    }
    writer.member("createdAt", createdAt)
    writer.member("updatedAt", updatedAt)
    writer.endObject()
  }
}
