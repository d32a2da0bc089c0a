package import Basics

/// A named text of a collection, at the version that can be found.
package struct KnowledgeDocument: Equatable, Sendable {
  package var id: Identifier<KnowledgeDocument>
  package var collection: String
  /// Unique in its collection; the same name again is a new version.
  package var name: String
  package var title: String
  /// `text`, `markdown`, `json`, `jsonl`, `csv` or `html`: what it was before it became text.
  package var format: String
  package var metadata: JSONObject
  /// The version that can be found; 0 while the first is being indexed.
  package var version: Int
  /// The newest version; above `version` while it waits for its chunks.
  package var latest: Int
  package var characters: Int
  package var chunks: Int
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: Identifier<KnowledgeDocument>, collection: String, name: String, title: String, format: String,
    metadata: JSONObject, version: Int, latest: Int, characters: Int, chunks: Int, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.collection = collection
    self.name = name
    self.title = title
    self.format = format
    self.metadata = metadata
    self.version = version
    self.latest = latest
    self.characters = characters
    self.chunks = chunks
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

extension KnowledgeDocument: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.text)
    writer.member("collection", collection)
    writer.member("name", name)
    writer.member("title", title)
    writer.member("format", format)
    writer.member("metadata", json: .object(metadata))
    writer.member("version", version)
    writer.member("latest", latest)
    writer.member("characters", characters)
    writer.member("chunks", chunks)
    writer.member("createdAt", createdAt)
    writer.member("updatedAt", updatedAt)
    writer.endObject()
  }
}
