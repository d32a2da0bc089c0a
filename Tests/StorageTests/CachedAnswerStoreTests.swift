import Basics
import Database
import Model
import Storage
import Testing

struct CachedAnswerStoreTests {
  let scratch = ScratchStore()

  private static func answer(
    _ digest: String, model: String = "m", from created: Int64 = 1000, until expires: Int64 = .max / 2
  ) -> CachedAnswer {
    CachedAnswer(
      digest: digest, provider: "openai", model: model, usage: Usage(inputTokens: 3, outputTokens: 4),
      cost: Cost(picodollars: 5), createdAt: Timestamp(milliseconds: created),
      expiresAt: Timestamp(milliseconds: expires))
  }

  private static let agent = Identifier<Agent>("a")
  private static let epoch = Timestamp(milliseconds: 0)

  private static func put(
    _ answer: CachedAnswer, _ bytes: Int = 100, by agent: Identifier<Agent> = agent, limit: Int64 = 1 << 20,
    tenant: String = "default", in store: Store
  ) async throws {
    try await store.write { store in
      try store.cachedAnswers.put(
        answer, events: [UInt8](repeating: 7, count: bytes), for: agent, limit: limit, tenant: tenant)
    }
  }

  private static func find(
    _ digest: String, now: Int64 = 2000, after: Int64 = 0, tenant: String = "default", in store: Store
  ) async throws -> CachedAnswer? {
    try await store.read { store in
      try store.cachedAnswers.find(
        digest, after: Timestamp(milliseconds: after), now: Timestamp(milliseconds: now), tenant: tenant)?
        .answer
    }
  }

  private static func digests(
    _ selection: CachedAnswerSelection = CachedAnswerSelection(), in store: Store
  ) async throws -> [String] {
    try await store.read { try $0.cachedAnswers.page(selection, now: epoch).items.map(\.digest) }
  }

  @Test func `an answer is found with its events until it expires, and after a restart`() async throws {
    try await scratch.use { store in
      try await Self.put(Self.answer("d", until: .max / 2), in: store)
      try await Self.put(Self.answer("e", from: 1000, until: 3000), in: store)
    }
    try await scratch.use { store in
      let found = try await store.read {
        try $0.cachedAnswers.find("d", after: Self.epoch, now: Timestamp(milliseconds: 2000))
      }
      #expect(found?.events == [UInt8](repeating: 7, count: 100))
      #expect(
        found?.answer.usage == Usage(inputTokens: 3, outputTokens: 4) && found?.answer.bytes ?? 0 >= 100)
      #expect(found?.answer.cost == Cost(picodollars: 5) && found?.answer.hits == 0)
      #expect(try await Self.find("none", in: store) == nil)
    }
  }

  @Test func `one that is too old for whoever asks is not found`() async throws {
    try await scratch.use { store in
      try await Self.put(Self.answer("d", from: 1000), in: store)
      #expect(try await Self.find("d", after: 999, in: store) != nil)
      #expect(try await Self.find("d", after: 1000, in: store) == nil)
      #expect(try await Self.find("d", now: .max / 2, in: store) == nil)
    }
  }

  @Test func `hits are counted, and a new answer begins anew`() async throws {
    try await scratch.use { store in
      try await Self.put(Self.answer("d"), in: store)
      for _ in 0..<2 { try await store.write { try $0.cachedAnswers.hit("d", by: Self.agent) } }
      let found = try await Self.find("d", in: store)
      #expect(found?.hits == 2 && found?.hitAt != nil)
      try await Self.put(Self.answer("d", model: "n"), in: store)
      let fresh = try await Self.find("d", in: store)
      #expect(fresh?.hits == 0 && fresh?.hitAt == nil && fresh?.model == "n")
      #expect(try await store.read { try $0.cachedAnswers.size().entries } == 1)
    }
  }

  @Test func `what was not used for longest makes room, and one that is too large is not kept`() async throws
  {
    try await scratch.use { store in
      for (number, name) in ["a", "b", "c", "d"].enumerated() {
        try await Self.put(Self.answer(name, from: Int64(1000 + number)), 200, limit: 1000, in: store)
      }
      try await store.write { try $0.cachedAnswers.hit("a", by: Self.agent) }
      try await Self.put(Self.answer("e", from: 1010), 240, limit: 1000, in: store)
      #expect(try await Self.digests(in: store) == ["e", "d", "c", "a"])
      try await Self.put(Self.answer("f", from: 1011), 300, limit: 1000, in: store)
      #expect(try await Self.find("f", in: store) == nil)
      let size = try await store.read { try $0.cachedAnswers.size() }
      #expect(size.entries == 4 && (840...1000).contains(size.bytes))
    }
  }

  @Test func `what has expired leaves before what is good`() async throws {
    try await scratch.use { store in
      try await Self.put(Self.answer("old", until: 1500), in: store)
      try await Self.put(Self.answer("new"), in: store)
      let size = try await store.read { try $0.cachedAnswers.size() }
      #expect(size.entries == 1)
      #expect(try await Self.digests(in: store) == ["new"])
    }
  }

  @Test func `answers are forgotten by agent, model, provider and name, those that an agent got included`()
    async throws
  {
    try await scratch.use { store in
      let other = Identifier<Agent>("b")
      try await Self.put(Self.answer("1"), in: store)
      try await Self.put(Self.answer("2", model: "n"), by: other, in: store)
      try await Self.put(Self.answer("3"), by: other, in: store)
      try await store.write { try $0.cachedAnswers.hit("3", by: Self.agent) }
      #expect(try await Self.digests(CachedAnswerSelection(agent: Self.agent), in: store) == ["3", "1"])
      #expect(try await Self.digests(CachedAnswerSelection(agent: other), in: store) == ["3", "2"])
      #expect(
        try await store.write { try $0.cachedAnswers.delete(CachedAnswerSelection(provider: "x")) } == 0)
      #expect(try await store.write { try $0.cachedAnswers.delete(CachedAnswerSelection(model: "n")) } == 1)
      #expect(try await store.write { try $0.cachedAnswers.delete(digest: "1") } == 1)
      #expect(
        try await store.write { try $0.cachedAnswers.delete(CachedAnswerSelection(agent: Self.agent)) } == 1)
      #expect(try await store.read { try $0.cachedAnswers.size().bytes } == 0)
    }
  }

  @Test func `one answer is found and replaced by its digest, however many there are`() async throws {
    try await scratch.use { _ in }
    let connection = try scratch.connect()
    let ofOne = StatementTable.all.filter { $0.contains("cached_answers") && $0.contains("digest = ?2") }
    #expect(ofOne.contains { $0.hasPrefix("DELETE") })
    for sql in ofOne {
      let plan = try connection.rows("EXPLAIN QUERY PLAN \(sql)") { $0.text(3) }
      #expect(plan.first?.contains("(tenant=? AND digest=?)") == true, "\(sql): \(plan)")
    }
  }

  @Test func `tenants have answers of their own`() async throws {
    try await scratch.use { store in
      try await Self.put(Self.answer("d", model: "one"), in: store)
      try await Self.put(Self.answer("d", model: "two"), tenant: "other", in: store)
      #expect(try await Self.find("d", in: store)?.model == "one")
      #expect(try await Self.find("d", tenant: "other", in: store)?.model == "two")
      #expect(try await Self.find("d", tenant: "third", in: store) == nil)
      _ = try await store.write { try $0.cachedAnswers.delete() }
      #expect(try await Self.find("d", tenant: "other", in: store) != nil)
    }
  }

  @Test func `answers come in pages`() async throws {
    try await scratch.use { store in
      for name in ["a", "b", "c"] { try await Self.put(Self.answer(name), in: store) }
      let first = try await store.read { try $0.cachedAnswers.page(limit: 2, now: Self.epoch) }
      #expect(first.items.map(\.digest) == ["c", "b"])
      let second = try await store.read {
        try $0.cachedAnswers.page(before: first.next, limit: 2, now: Self.epoch)
      }
      #expect(second.items.map(\.digest) == ["a"] && second.next == nil)
    }
  }
}
