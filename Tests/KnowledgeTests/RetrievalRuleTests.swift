import Basics
import TestKit
import Testing

@testable import Knowledge

struct RetrievalRuleTests {
  static let rows: [(RetrievalMode, String?, String, RetrievalRule.Decision)] = [
    (.rag, nil, "q", .search(remembers: false)), (.rag, "old", "q", .search(remembers: false)),
    (.rag, nil, " \n", .nothing),
    (.hybrid, nil, "q", .search(remembers: true)), (.hybrid, "old", "another", .reuse("old")),
    (.hybrid, nil, "", .nothing), (.hybrid, "old", "", .reuse("old")), (.cag, nil, "q", .corpus),
    (.cag, nil, "", .corpus),
    (.cag, "all", "q", .reuse("all")), (.off, nil, "q", .nothing), (.off, "old", "q", .nothing),
  ]

  @Test(arguments: rows)
  func `a mode decides what is fetched`(
    mode: RetrievalMode, cached: String?, question: String, decision: RetrievalRule.Decision
  ) {
    #expect(RetrievalRule(mode).decision(cached: cached, question: question) == decision)
  }

  private static func key(_ session: String, tenant: String = "t", collection: String = "c")
    -> SessionCache.Key
  {
    SessionCache.Key(tenant: tenant, session: session, collection: collection)
  }

  @Test func `what a session fetched is its own`() {
    var cache = SessionCache()
    cache.keep("a", for: Self.key("1"), revision: 1, now: 0)
    #expect(cache.text(for: Self.key("1"), revision: 1, now: 5) == "a")
    for other in [Self.key("2"), Self.key("1", tenant: "u"), Self.key("1", collection: "d")] {
      #expect(cache.text(for: other, revision: 1, now: 5) == nil)
    }
  }

  @Test func `S002-40 a changed collection and the end of its time make a text void`() {
    var limits = SessionCache.Limits()
    limits.lifetime = 100
    var cache = SessionCache(limits: limits)
    cache.keep("a", for: Self.key("1"), revision: 1, now: 0)
    cache.keep("b", for: Self.key("2"), revision: 1, now: 50)
    #expect(cache.text(for: Self.key("1"), revision: 1, now: 99) == "a")
    #expect(cache.text(for: Self.key("1"), revision: 1, now: 100) == nil)
    #expect(cache.text(for: Self.key("2"), revision: 2, now: 60) == nil)
    #expect(cache.count == 0)
  }

  @Test func `what was not used for longest makes room`() {
    var limits = SessionCache.Limits()
    limits.entries = 2
    limits.bytes = 10
    var cache = SessionCache(limits: limits)
    cache.keep("aaaa", for: Self.key("1"), revision: 1, now: 0)
    cache.keep("bbbb", for: Self.key("2"), revision: 1, now: 1)
    _ = cache.text(for: Self.key("1"), revision: 1, now: 2)
    cache.keep("cccc", for: Self.key("3"), revision: 1, now: 3)
    #expect(cache.text(for: Self.key("2"), revision: 1, now: 4) == nil)
    #expect(cache.text(for: Self.key("1"), revision: 1, now: 4) == "aaaa")
    cache.keep("dddddddd", for: Self.key("4"), revision: 1, now: 5)
    #expect(cache.count == 1)
    cache.keep("more than ten bytes", for: Self.key("5"), revision: 1, now: 6)
    #expect(cache.count == 1 && cache.text(for: Self.key("4"), revision: 1, now: 7) == "dddddddd")
    cache.forget(session: "4", tenant: "t")
    #expect(cache.count == 0)
  }

  @Test func `sources stand under bold headings with a blank line between`() {
    let hits = ["one\n", " two"].enumerated().map { index, text in
      SearchHit(
        document: .init("d"), documentName: "file-\(index).md", title: "T", version: 1,
        heading: index == 0 ? "" : "H",
        position: 0, range: 0..<3, text: text, metadata: [:], score: 1)
    }
    #expect(SourceText.sources(hits) == "**Source 1: file-0.md**\none\n\n**Source 2: file-1.md**\ntwo")
    #expect(SourceText.section(hits).contains("[1] T (file-0.md)\none\n\n[2] T, H (file-1.md)\ntwo"))
    #expect(
      SourceText.corpus([("Privacy Policy", "p\n"), ("Terms", "t")])
        == "PRIVACY POLICY\n\np\n\n---\n\nTERMS\n\nt")
  }
}
