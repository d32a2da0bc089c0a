package import Basics

/// Work on documents of one collection until they can be found.
package struct IndexJob: Equatable, Sendable {
  /// What is done with the documents.
  package enum Kind: String, Sendable {
    /// Each can be found as soon as it has its chunks.
    case add
    /// All change together, once the last has its chunks: vectors of two makers cannot be compared.
    case reindex
  }

  /// How far it is.
  package enum State: String, Sendable, CaseIterable {
    case queued, running, done, failed
  }

  package var id: Identifier<IndexJob>
  package var collection: String
  package var kind: Kind
  package var embedder: String
  package var limits: ChunkLimits
  package var state: State
  /// Documents: all of them, those that can be found, those that failed, and those that needed no work.
  package var total: Int
  package var done: Int
  package var failed: Int
  package var skipped: Int
  /// Chunks stored so far.
  package var chunks: Int
  /// What went wrong first.
  package var error: String?
  package var createdAt: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?

  package init(
    id: Identifier<IndexJob>, collection: String, kind: Kind, embedder: String, limits: ChunkLimits,
    state: State = .queued, total: Int, done: Int = 0, failed: Int = 0, skipped: Int = 0, chunks: Int = 0,
    error: String? = nil, createdAt: Timestamp, startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil
  ) {
    self.id = id
    self.collection = collection
    self.kind = kind
    self.embedder = embedder
    self.limits = limits
    self.state = state
    self.total = total
    self.done = done
    self.failed = failed
    self.skipped = skipped
    self.chunks = chunks
    self.error = error
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }

  /// Whether nothing more will happen by itself.
  package var isOver: Bool { state == .done || state == .failed }

  /// What the events of a job say.
  package var eventMembers: JSONObject {
    [
      "job": .string(id.text), "collection": .string(collection), "state": .string(state.rawValue),
      "total": .integer(Int64(total)), "done": .integer(Int64(done)), "failed": .integer(Int64(failed)),
      "skipped": .integer(Int64(skipped)), "chunks": .integer(Int64(chunks)), "error": .optional(error),
    ]
  }
}

extension IndexJob: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id.text)
    writer.member("collection", collection)
    writer.member("kind", kind.rawValue)
    writer.member("embedder", embedder)
    writer.member("state", state.rawValue)
    writer.member("total", total)
    writer.member("done", done)
    writer.member("failed", failed)
    writer.member("skipped", skipped)
    writer.member("chunks", chunks)
    writer.member("error", orNull: error)
    writer.member("createdAt", createdAt)
    writer.member("startedAt", orNull: startedAt)
    writer.member("finishedAt", orNull: finishedAt)
    writer.endObject()
  }
}

/// One document of a job.
package struct IndexItem: Equatable, Sendable {
  /// How far it is; `ready` has its chunks and waits for the job's others.
  package enum State: String, Sendable {
    case queued, ready, done, skipped, failed
  }

  package var document: Int64
  package var version: Int
  package var name: String
  package var state: State
  package var error: String?

  package init(document: Int64, version: Int, name: String, state: State, error: String? = nil) {
    self.document = document
    self.version = version
    self.name = name
    self.state = state
    self.error = error
  }
}

extension IndexItem: JSONWritable {
  package func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("document", name)
    writer.member("version", version)
    writer.member("state", state.rawValue)
    writer.member("error", orNull: error)
    writer.endObject()
  }
}
