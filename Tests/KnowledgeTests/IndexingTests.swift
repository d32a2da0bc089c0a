import Basics
import Glibc
import Model
import Providers
import Storage
import Synchronization
import TestKit
import Testing

@testable import Knowledge

/// Makers of vectors that fail, change and die in the middle.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(2))))
struct IndexingTests {
  let maker = ScriptedMaker()
  var fixture: KnowledgeFixture { KnowledgeFixture(maker) }

  private static func long(_ word: String) -> String {
    (0..<150).map { "# \(word) \($0)\n\n" + String(repeating: "\(word) and more words. ", count: 30) }.joined(
      separator: "\n")
  }

  @Test func `a document that fails does not stop the others, and can be tried again`() async throws {
    maker.fail { _, texts in texts.contains { $0.contains("poison") } }
    try await fixture.use { service in
      let job = try await service.fill(
        "docs", ["a.txt": "walnut", "b.txt": "poison", "c.txt": "hazel"], embedder: ScriptedMaker.name)
      #expect(job.state == .failed && job.done == 2 && job.failed == 1 && job.total == 3)
      #expect(job.error?.contains("could not be reached") == true)
      let items = try await service.store.read { try $0.indexJobs.items(of: job.id) }
      #expect(items.map(\.state) == [.done, .failed, .done])
      #expect(try await service.names("walnut hazel", in: "docs").sorted() == ["a.txt", "c.txt"])
      maker.fail { _, _ in false }
      let retried = try await service.outcome(of: service.retry(job.id).id)
      #expect(retried.state == .done && retried.done == 3 && retried.failed == 0)
      #expect(try await service.names("poison", in: "docs").first == "b.txt")
      await #expect(throws: StoreError.notFailed(job: job.id.text, state: "done")) {
        try await service.retry(job.id)
      }
    }
  }

  @Test func `a provider that fails midway costs nothing that was done`() async throws {
    maker.fail { call, _ in call == 2 }
    try await fixture.use { service in
      let text = Self.long("walnut")
      let job = try await service.fill("docs", ["a.md": text], embedder: ScriptedMaker.name)
      #expect(job.state == .failed && job.chunks == 64)
      let before = maker.calls
      let retried = try await service.outcome(of: service.retry(job.id).id)
      #expect(retried.state == .done)
      let chunks = Chunker.chunks(of: text, .standard).count
      #expect(retried.chunks == chunks)
      #expect(maker.calls.dropFirst(before.count).reduce(0) { $0 + $1.count } == chunks - 64)
    }
  }

  @Test func `a document that was begun for another maker begins anew`() async throws {
    maker.fail { call, _ in call == 2 }
    try await fixture.use { service in
      let text = Self.long("walnut")
      let job = try await service.fill("docs", ["a.md": text], embedder: ScriptedMaker.name)
      #expect(job.state == .failed && job.chunks == 64)
      _ = try await service.outcome(of: service.reindex("docs", embedder: LexicalModel.name).id)
      #expect(try await service.outcome(of: service.retry(job.id).id).state == .done)
      let collection = try await service.collection("docs")
      let vectors = try await service.store.read {
        try $0.chunks.vectors(of: collection.number, after: 0, embedder: LexicalModel.name, limit: 1000)
      }
      #expect(vectors.count == Chunker.chunks(of: text, .standard).count)
      #expect(vectors.allSatisfy { $0.vector.count == LexicalModel.dimensions })
      #expect(collection.embedder == LexicalModel.name && collection.dimensions == LexicalModel.dimensions)
    }
  }

  @Test func `a job's end reaches all who wait for it, and so does a stop`() async throws {
    try await fixture.use { service in
      for round in 0..<20 {
        let upload = DocumentUpload(name: "d\(round).txt", text: "text \(round)")
        let job = try await service.add([upload], to: "docs")
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for _ in 0..<16 { group.addTask { try await service.outcome(of: job.id).isOver } }
          for try await isOver in group { #expect(isOver) }
        }
      }
      for round in 0..<20 {
        // Never started, so that its jobs have no end but the stop.
        let idle = KnowledgeService(store: service.store, models: EmbeddingModelTable(), log: .silent)
        let job = try await idle.add([DocumentUpload(name: "a.txt", text: "\(round)")], to: "idle\(round)")
        let waiters = (0..<32).map { _ in Task { try await idle.outcome(of: job.id) } }
        _ = try await idle.collection("idle\(round)")
        await idle.stop()
        for waiter in waiters { #expect(try await waiter.value.id == job.id) }
      }
    }
  }

  @Test func `a job gives up on a provider that is gone, and goes on later`() async throws {
    maker.fail { _, _ in true }
    try await fixture.use { service in
      let uploads = (0..<12).map { DocumentUpload(name: "d\($0).txt", text: "text \($0)") }
      let job = try await service.outcome(
        of: service.add(uploads, to: "docs", embedder: ScriptedMaker.name).id)
      #expect(job.state == .failed && job.failed == 5 && maker.calls.count == 5)
      maker.fail { _, _ in false }
      let retried = try await service.outcome(of: service.retry(job.id).id)
      #expect(retried.state == .done && retried.done == 12)
    }
  }

  @Test func `vectors of two makers are never mixed`() async throws {
    try await fixture.use { service in
      try await service.fill("docs", ["a.txt": "walnut"], embedder: ScriptedMaker.name)
      await #expect(
        throws: KnowledgeError.otherEmbedder(collection: "docs", has: ScriptedMaker.name, asked: "lexical")
      ) {
        try await service.fill("docs", ["b.txt": "hazel"], embedder: "lexical")
      }
      await #expect(throws: KnowledgeError.unknownEmbedder("nobody")) {
        try await service.fill("docs", ["b.txt": "hazel"], embedder: "nobody")
      }
      maker.setDimensions(5)
      let job = try await service.fill("docs", ["b.txt": "hazel"])
      #expect(job.state == .failed && job.error?.contains("5 numbers instead of 3") == true)
      #expect(try await service.names("walnut", in: "docs") == ["a.txt"])
      let reindexed = try await service.outcome(of: service.reindex("docs").id)
      #expect(reindexed.state == .done)
      #expect(try await service.collection("docs").dimensions == 5)
    }
  }

  @Test func `a reindex changes all documents at once, or none`() async throws {
    let revision: Int64 = try await fixture.use { service in
      try await service.fill("docs", ["a.txt": "walnut", "b.txt": "hazel"])
      let before = try await service.collection("docs").revision
      maker.fail { _, texts in texts.contains { $0.contains("hazel") } }
      let job = try await service.outcome(of: service.reindex("docs", embedder: ScriptedMaker.name).id)
      #expect(job.state == .failed && job.failed == 1)
      var collection = try await service.collection("docs")
      #expect(collection.embedder == "lexical" && collection.revision == before)
      #expect(try await service.names("walnut", in: "docs") == ["a.txt"])
      maker.fail { _, _ in false }
      #expect(try await service.outcome(of: service.retry(job.id).id).state == .done)
      collection = try await service.collection("docs")
      #expect(collection.embedder == ScriptedMaker.name && collection.dimensions == 3)
      #expect(collection.revision == before + 1 && collection.size == .init(documents: 2, chunks: 2))
      let answer = try await service.search(SearchQuery(collection: "docs", question: "walnut"))
      #expect(answer.embedder == ScriptedMaker.name && answer.hits.count == 2)
      #expect(try await service.fill("docs", ["a.txt": "walnut"]).skipped == 1)
      return collection.revision
    }
    #expect(revision > 0)
  }

  @Test func `a reindex cuts anew`() async throws {
    try await fixture.use { service in
      try await service.fill("docs", ["a.md": Self.long("walnut")])
      let before = try await service.collection("docs").size?.chunks ?? 0
      let limits = try #require(ChunkLimits(size: 300, overlap: 50))
      #expect(try await service.outcome(of: service.reindex("docs", limits: limits).id).state == .done)
      let after = try await service.collection("docs")
      #expect(after.limits == limits && after.size?.chunks ?? 0 > before)
    }
  }

  @Test func `a newer version overtakes one that waits`() async throws {
    let gate = BlockingGate()
    maker.fail { call, _ in
      if call == 1 { gate.wait() }
      return false
    }
    try await fixture.use { service in
      let first = try await service.add(
        [DocumentUpload(name: "a.txt", text: "walnut")], to: "docs", embedder: ScriptedMaker.name)
      let second = try await service.add([DocumentUpload(name: "a.txt", text: "hazel")], to: "docs")
      gate.open()
      #expect(try await service.outcome(of: first.id).skipped == 1)
      #expect(try await service.outcome(of: second.id).done == 1)
      #expect(try await service.names("hazel", in: "docs") == ["a.txt"])
      let document = try await service.store.read { try $0.documents.page(of: 1).items }
      #expect(document.map(\.version) == [2])
    }
  }

  @Test func `events tell of a job's beginning and end, and not of other tenants' jobs`() async throws {
    try await fixture.use { service in
      try await service.fill("docs", ["a.txt": "walnut"])
      try await service.fill("docs", ["secret.txt": "walnut"], tenant: "other")
      let events = try await service.store.read { try $0.events.page(after: 0, limit: 100).items }
      #expect(events.map(\.type).filter { $0 != .indexProgressed } == [.indexStarted, .indexCompleted])
    }
  }

  @Test(arguments: [1, 3, 5])
  func `after kill -9 in the middle nothing half is found, and the rest is done once`(calls: Int) async throws
  {
    let fixture = fixture
    let path = fixture.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, calls = calls as Int] in
      let store = try Store.open(StoreConfiguration(path: path), log: .silent)
      let count = Mutex(0)
      let service = KnowledgeService(
        store: store,
        models: EmbeddingModelTable { call, _ in
          let number = count.withLock {
            $0 += 1
            return $0
          }
          if number > calls {
            // What the calls before brought is committed, synced or not.
            try await store.write { _ = try $0.collections.list() }
            kill(getpid(), SIGKILL)
          }
          return call.texts.map { _ in [1, 0, 0] }
        }, log: .silent)
      try await service.start()
      _ = try await service.fill(
        "docs", ["a.md": IndexingTests.long("walnut"), "b.md": IndexingTests.long("hazel")],
        embedder: ScriptedMaker.name)
    }
    let total =
      Chunker.chunks(of: Self.long("walnut"), .standard).count
      + Chunker.chunks(of: Self.long("hazel"), .standard).count
    try await fixture.use { service in
      let jobs = try await service.store.read { try $0.indexJobs.page().items }
      let job = try await service.outcome(of: #require(jobs.first).id)
      #expect(job.state == .done && job.done == 2 && job.chunks == total)
      let stored = [64, 64, 22, 64, 64, 22].prefix(calls).reduce(0, +)
      #expect(total == 300 && maker.calls.reduce(0) { $0 + $1.count } == total - stored)
      #expect(try await service.collection("docs").size == .init(documents: 2, chunks: total))
      let answer = try await service.search(SearchQuery(collection: "docs", question: "hazel", limit: 5))
      let byWords = answer.hits.filter { $0.wordRank != nil }
      #expect(!byWords.isEmpty && byWords.allSatisfy { $0.documentName == "b.md" })
    }
  }
}

/// Holds a thread until it is opened.
final class BlockingGate: Sendable {
  private let isOpen = Mutex(false)

  func open() { isOpen.withLock { $0 = true } }

  func wait() {
    let end = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while !isOpen.withLock({ $0 }), ContinuousClock.now < end { usleep(1000) }
  }
}
