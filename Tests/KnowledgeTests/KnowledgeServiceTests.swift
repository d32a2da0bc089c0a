import Basics
import Model
import Storage
import TestKit
import Testing

@testable import Knowledge

@Suite(.timeLimit(.minutes(TimeLimit.minutes(2))))
struct KnowledgeServiceTests {
  let fixture = KnowledgeFixture()

  @Test func `a document is found by its words, with where it stands`() async throws {
    try await fixture.use { service in
      let job = try await service.fill(
        "docs", ["a.md": "# Guide\n\n## Tea\n\nSteep the leaves.", "b.txt": "Coffee beans."])
      #expect(job.state == .done && job.total == 2 && job.done == 2 && job.chunks == 2)
      let answer = try await service.search(SearchQuery(collection: "docs", question: "how to steep leaves"))
      let hit = try #require(answer.hits.first)
      #expect(answer.embedder == "lexical" && answer.usesVectors)
      #expect(
        hit.documentName == "a.md" && hit.title == "Guide" && hit.heading == "Guide" && hit.version == 1)
      #expect(hit.range == 0..<34 && hit.text.contains("Steep") && hit.wordRank == 1 && hit.vectorRank == 1)
    }
  }

  @Test func `the same document again is skipped, another text takes its place`() async throws {
    try await fixture.use { service in
      try await service.fill("docs", ["a.txt": "old walnut", "b.txt": "other"])
      let again = try await service.fill("docs", ["a.txt": "old walnut", "b.txt": "changed hazel"])
      #expect(again.skipped == 1 && again.done == 1 && again.total == 2)
      #expect(try await service.fill("docs", ["a.txt": "old walnut"]).state == .done)
      try await service.fill("docs", ["a.txt": "new almond"])
      #expect(try await service.names("walnut", in: "docs").isEmpty)
      #expect(try await service.names("almond", in: "docs") == ["a.txt"])
      #expect(try await service.names("hazel", in: "docs") == ["b.txt"])
      let size = try await service.collection("docs").size
      #expect(size == .init(documents: 2, chunks: 2))
    }
  }

  @Test func `what is deleted is not found, and can come back`() async throws {
    try await fixture.use { service in
      try await service.fill("docs", ["a.txt": "walnut", "b.txt": "walnut tree"])
      #expect(try await service.names("walnut", in: "docs").count == 2)
      let page = try await service.store.read {
        try $0.documents.page(of: $0.requireCollection("docs", "default").number)
      }
      try await service.delete(try #require(page.items.first { $0.name == "a.txt" }).id)
      #expect(try await service.names("walnut", in: "docs") == ["b.txt"])
      try await service.fill("docs", ["a.txt": "walnut"])
      #expect(try await service.names("walnut", in: "docs").sorted() == ["a.txt", "b.txt"])
      try await service.clearCollection("docs")
      #expect(try await service.names("walnut", in: "docs").isEmpty)
      try await service.deleteCollection("docs")
      await #expect(throws: KnowledgeError.notFound(noun: "collection", name: "docs")) {
        try await service.names("walnut", in: "docs")
      }
      try await service.fill("docs", ["c.txt": "walnut again"])
      #expect(try await service.names("walnut", in: "docs") == ["c.txt"])
    }
  }

  @Test func `what was replaced and deleted leaves nothing behind`() async throws {
    try await fixture.use { service in
      for round in 0..<3 {
        try await service.fill(
          "docs", ["a.txt": String(repeating: "round \(round) of many words. ", count: 300)])
      }
      try await service.fill("gone", ["x.txt": "gone"])
      try await service.deleteCollection("gone")
      try await eventuallyCleared(service)
    }
    let rows = try await fixture.use { service in
      try await service.store.read { store in
        (
          try store.documents.page(of: 1).items.count,
          try store.collections.list(tenant: "default").map(\.name)
        )
      }
    }
    #expect(rows == (1, ["docs"]))
  }

  private func eventuallyCleared(_ service: KnowledgeService) async throws {
    let end = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while try await service.store.write(.synced, { try $0.chunks.clear(atMost: 64) }) {
      try #require(ContinuousClock.now < end)
    }
  }

  @Test func `everything is found again after a restart`() async throws {
    _ = try await fixture.use { try await $0.fill("docs", ["a.txt": "walnut"]) }
    try await fixture.use { service in
      let names = try await service.names("walnut", in: "docs")
      #expect(names == ["a.txt"])
      let bytes = await service.vectorBytes
      #expect(bytes > 0)
    }
  }

  @Test func `tenants never see each other's documents`() async throws {
    try await fixture.use { service in
      try await service.fill("docs", ["mine.txt": "walnut"], tenant: "one")
      try await service.fill("docs", ["yours.txt": "walnut"], tenant: "two")
      #expect(try await service.names("walnut", in: "docs", tenant: "one") == ["mine.txt"])
      #expect(try await service.names("walnut", in: "docs", tenant: "two") == ["yours.txt"])
      await #expect(throws: KnowledgeError.self) { try await service.names("walnut", in: "docs") }
      let two = try await service.store.read {
        try $0.documents.page(of: $0.requireCollection("docs", "two").number).items[0]
      }
      await #expect(throws: StoreError.self) { try await service.delete(two.id, tenant: "one") }
      #expect(try await service.store.read { try $0.documents.get(two.id, tenant: "one") } == nil)
      for tenant in ["one", "two"] {
        let text = await service.retrieve(
          RetrievalRequest(
            mode: .hybrid, collection: "docs", tenant: tenant, session: "s", question: "walnut")
        ).text
        #expect(text.contains(tenant == "one" ? "mine.txt" : "yours.txt"))
      }
    }
  }

  @Test func `documents and metadata choose`() async throws {
    try await fixture.use { service in
      let uploads = (0..<6).map { index in
        DocumentUpload(
          name: "d\(index).txt", text: "walnut number \(index)",
          metadata: ["kind": .string(index % 2 == 0 ? "even" : "odd"), "n": .integer(Int64(index))])
      }
      _ = try await service.outcome(of: service.add(uploads, to: "docs").id)
      func names(_ documents: [String]?, _ metadata: JSONObject) async throws -> [String] {
        let query = SearchQuery(
          collection: "docs", question: "walnut", limit: 10, documents: documents, metadata: metadata)
        return try await service.search(query).hits.map(\.documentName).sorted()
      }
      #expect(try await names(nil, ["kind": "even"]) == ["d0.txt", "d2.txt", "d4.txt"])
      #expect(try await names(nil, ["kind": "even", "n": 2]) == ["d2.txt"])
      #expect(try await names(["d1.txt", "none"], [:]) == ["d1.txt"])
      #expect(try await names(["d1.txt"], ["kind": "even"]).isEmpty)
      #expect(try await names([], [:]).isEmpty)
      #expect(try await names(nil, ["n": "2"]).isEmpty)
      #expect(try await names(nil, ["a\"') OR 1": "x"]).isEmpty)
    }
  }

  static let hostile = [
    "\"", "'", "a\"b", "AND", "OR NOT", "NEAR(a b)", "text:walnut", "{text} : x", "^walnut", "wal*",
    "walnut\u{0}tree", "(((", "))) OR (",
    "-walnut", "+", "*", "\\", "; DROP TABLE chunks; --", String(repeating: "walnut ", count: 1000),
    String(repeating: "\"", count: 5000),
    "🙂", "\u{FEFF}", "\u{202E}walnut", "walnut\u{301}", "", " ", "\n",
  ]

  @Test func `no question is an error`() async throws {
    try await fixture.use { service in
      try await service.fill("docs", ["a.txt": "A walnut tree."])
      for question in Self.hostile {
        let answer = try await service.search(SearchQuery(collection: "docs", question: question))
        #expect(answer.hits.count <= 1, "\(question)")
      }
      #expect(try await service.names("walnut AND NOT tree", in: "docs") == ["a.txt"])
      await #expect(throws: KnowledgeError.self) {
        try await service.search(
          SearchQuery(collection: "docs", question: String(repeating: "x", count: 8001)))
      }
    }
  }

  @Test func `vectors beyond the room for them leave words to search by`() async throws {
    var configuration = KnowledgeService.Configuration()
    configuration.vectorMemory = 3 * VectorIndex.bytes(rows: 1, dimensions: LexicalModel.dimensions)
    try await fixture.use(configuration) { service in
      try await service.fill("small", ["a.txt": "walnut"])
      try await service.fill("other", ["a.txt": "walnut", "b.txt": "hazel", "c.txt": "almond"])
      try await service.fill("large", ["a.txt": "walnut", "b.txt": "b", "c.txt": "c", "d.txt": "d"])
      let query = { SearchQuery(collection: $0, question: "walnut") }
      #expect(try await service.search(query("small")).usesVectors)
      #expect(try await service.search(query("other")).usesVectors)
      let answer = try await service.search(query("large"))
      #expect(!answer.usesVectors && answer.hits.map(\.documentName) == ["a.txt"])
      let bytes = await service.vectorBytes
      #expect(bytes <= configuration.vectorMemory)
      #expect(try await service.search(query("small")).usesVectors)
    }
  }

  @Test func `searches find whole versions while others are indexed`() async throws {
    try await fixture.use { service in
      func text(_ version: Int) -> String {
        (0..<60).map {
          "# Part \($0)\n\nversion\(version) walnut " + String(repeating: "filler words here ", count: 20)
        }
        .joined(separator: "\n\n")
      }
      try await service.fill("docs", ["a.md": text(0)])
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for version in 1...6 { try await service.fill("docs", ["a.md": text(version)]) }
        }
        group.addTask {
          for _ in 0..<60 {
            let answer = try await service.search(
              SearchQuery(collection: "docs", question: "walnut filler", limit: 50))
            #expect(answer.hits.count == 50)
            #expect(Set(answer.hits.map(\.version)).count == 1)
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
