import Basics
import Model
import Storage
import TestKit
import Testing

@testable import Knowledge

/// The vectors in memory, read by many while the collection changes.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct VectorShelfTests {
  @Test func `nobody gets vectors that are older than the collection they know`() async throws {
    try await KnowledgeFixture().use { service in
      try await service.fill("docs", ["first.txt": "walnut"])
      let few = try await service.collection("docs")
      let shelves = (0..<20).map { _ in
        VectorShelf(store: service.store, limit: 1 << 30, log: .silent)
      }
      for shelf in shelves { #expect(try await shelf.index(of: few) != nil) }
      let uploads = (0..<300).map { DocumentUpload(name: "d\($0).txt", text: "hazel \($0)") }
      _ = try await service.outcome(of: service.add(uploads, to: "docs").id)
      let number = few.number
      let documents = try await service.store.read {
        try $0.documents.page(of: number, limit: shelves.count).items
      }
      // Each shelf has 300 documents to read when the collection changes again.
      for (shelf, document) in zip(shelves, documents) {
        let old = try await service.collection("docs")
        let update = Task { try await shelf.index(of: old) }
        try await service.store.write { try $0.documents.delete(document.id) }
        let now = try await service.collection("docs")
        let index = try #require(try await shelf.index(of: now))
        #expect(index.revision >= now.revision && now.revision > old.revision)
        #expect(try #require(try await update.value).revision >= old.revision)
      }
    }
  }

  @Test func `the vectors of a collection that is deleted while they are read do not stay`() async throws {
    try await KnowledgeFixture().use { service in
      try await service.fill("docs", ["a.txt": "walnut"])
      let docs = try await service.collection("docs")
      let shelf = VectorShelf(store: service.store, limit: 1 << 30, log: .silent)
      let reading = Task { try await shelf.index(of: docs) }
      await shelf.forget(docs.number)
      _ = try await reading.value
      #expect(await shelf.bytes == 0)
    }
  }
}
