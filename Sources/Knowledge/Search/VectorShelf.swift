import Basics
import Model
import Storage

/// Keeps the vectors of the collections that are searched in memory, as far as there is room, and up to date with the database.
actor VectorShelf {
  private struct Entry {
    var index: VectorIndex
    var lastUse: UInt64
  }

  /// Rows that are read at once; others want to read, too.
  private static let page = 1024

  private let store: Store
  private let limit: Int
  private let log: Log
  private var entries: [Int64: Entry] = [:]
  private var updates: [Int64: Task<VectorIndex, any Error>] = [:]
  private var uses: UInt64 = 0
  private var toldTooLarge: Set<Int64> = []
  /// Their rows stay until the next start, so that no number is given twice.
  private var deleted: Set<Int64> = []

  /// - Parameter limit: bytes of all vectors together.
  init(store: Store, limit: Int, log: Log) {
    self.store = store
    self.limit = limit
    self.log = log
  }

  /// What all vectors in memory take.
  var bytes: Int { entries.values.reduce(0) { $0 + $1.index.bytes } }

  /// The vectors of a collection as they are now; nil when it has none yet, or more than there is room for.
  func index(of collection: KnowledgeCollection) async throws -> VectorIndex? {
    guard let dimensions = collection.dimensions else { return nil }
    while true {
      if let index = current(collection, dimensions) { return index }
      if let update = updates[collection.number] {
        // It may have begun before the collection was what it is now.
        _ = try await update.value
        continue
      }
      guard try await fits(collection, dimensions) else { return nil }
      guard updates[collection.number] == nil else { continue }
      let update = Task { try await renew(collection, dimensions) }
      updates[collection.number] = update
      return try await update.value
    }
  }

  /// What is there, if it is no older than the collection.
  private func current(_ collection: KnowledgeCollection, _ dimensions: Int) -> VectorIndex? {
    guard let index = entries[collection.number]?.index, index.embedder == collection.embedder,
      index.dimensions == dimensions, index.revision >= collection.revision
    else { return nil }
    uses += 1
    entries[collection.number]?.lastUse = uses
    return index
  }

  private func renew(_ collection: KnowledgeCollection, _ dimensions: Int) async throws -> VectorIndex {
    let number = collection.number
    defer { updates[number] = nil }
    let index = try await Self.refresh(entries[number]?.index, of: collection, dimensions, in: store)
    guard !deleted.contains(number) else { return index }
    uses += 1
    entries[number] = Entry(index: index, lastUse: uses)
    makeRoom(besides: number)
    return index
  }

  /// Forgets the vectors of a collection that was deleted, those included that are just being read.
  func forget(_ collection: Int64) {
    deleted.insert(collection)
    entries[collection] = nil
  }

  private func fits(_ collection: KnowledgeCollection, _ dimensions: Int) async throws -> Bool {
    let size = try await store.read { try $0.collections.measured(collection).size }
    let bytes = VectorIndex.bytes(rows: size?.chunks ?? 0, dimensions: dimensions)
    guard bytes > limit else { return true }
    entries[collection.number] = nil
    if toldTooLarge.insert(collection.number).inserted {
      log.write(
        .warning, "A collection has more vectors than there is room for; it is searched by words only",
        ["collection": collection.name, "bytes": "\(bytes)", "limit": "\(limit)"])
    }
    return false
  }

  /// Lets go of the vectors that were not used for longest.
  private func makeRoom(besides kept: Int64) {
    while bytes > limit,
      let oldest = entries.filter({ $0.key != kept }).min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      entries[oldest.key] = nil
    }
  }

  /// Reads what is missing. What changes meanwhile comes with the next search.
  @concurrent
  private static func refresh(
    _ known: VectorIndex?, of collection: KnowledgeCollection, _ dimensions: Int, in store: Store
  ) async throws -> VectorIndex {
    let number = collection.number
    let embedder = collection.embedder
    var index: VectorIndex
    if let known, known.embedder == embedder, known.dimensions == dimensions {
      index = known
    } else {
      index = VectorIndex(embedder: embedder, dimensions: dimensions)
      index.revision = collection.revision
      var last: Int64 = 0
      while true {
        let after = last
        let rows = try await store.read {
          try $0.chunks.vectors(of: number, after: after, embedder: embedder, limit: page)
        }
        for row in rows { index.add(row.vector, chunk: row.chunk, of: row.document) }
        guard rows.count == page, let next = rows.last?.chunk else { break }
        last = next
      }
    }
    return try await update(index, of: number, in: store)
  }

  /// Takes over what changed since the index's revision, a document at a time.
  private static func update(_ stale: VectorIndex, of number: Int64, in store: Store) async throws
    -> VectorIndex
  {
    var index = stale
    let after = index.revision
    let (revision, changes) = try await store.read { store in
      (
        try store.collections.get(number)?.revision ?? after,
        try store.documents.changes(in: number, after: after)
      )
    }
    let embedder = index.embedder
    var rest = changes[...]
    while !rest.isEmpty {
      let some = rest.prefix(32)
      rest = rest.dropFirst(some.count)
      let rows = try await store.read { store in
        try some.map { try store.chunks.vectors(of: $0, embedder: embedder) }
      }
      for (change, vectors) in zip(some, rows) {
        index.remove(change.document)
        for row in vectors { index.add(row.vector, chunk: row.chunk, of: row.document) }
      }
    }
    index.revision = revision
    return index
  }
}
