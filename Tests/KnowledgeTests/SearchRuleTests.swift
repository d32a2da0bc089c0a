import Testing

@testable import Knowledge

struct SearchRuleTests {
  @Test(
    arguments: [
      ("How do I get a refund?", ["\"refund\""]), ("what is it", ["\"what\"", "\"is\"", "\"it\""]), ("", []),
      ("?! \"\" '", []),
      ("AUTH-001 error", ["\"auth-001\"", "\"error\""]),
      ("\"quoted\" OR NOT (a* b)", ["\"quoted\"", "\"b\""]),
      ("a\u{0}b c\"d", ["\"ab\"", "\"cd\""]), ("Straße 漢字", ["\"straße\"", "\"漢字\""]),
      ("refund Refund", ["\"refund\""]),
    ])
  func `a question becomes quoted words`(question: String, terms: [String]) {
    #expect(QueryWords(question).terms == terms)
  }

  @Test func `a long question keeps its first words, a long word its beginning`() {
    let terms = QueryWords((0..<100).map { "word\($0)" }.joined(separator: " ")).terms
    #expect(terms.count == 24)
    #expect(
      QueryWords(String(repeating: "x", count: 1000)).terms == ["\"\(String(repeating: "x", count: 64))\""])
  }

  @Test(
    arguments: [
      ([], []), ([0, 0], []), ([1, 2], ["a OR b"]), ([2, 1], ["b OR a"]), ([1000, 1500], ["a OR (b)", "a"]),
      ([5000], ["(a)"]),
      ([5000, 4000], ["(b AND a)"]), ([10_001, 10_001], []), ([10_001, 3], ["b"]),
      ([600, 600, 600, 9000, 9000], ["a OR b OR c OR (d AND e)", "a OR b OR c"]),
      ([9001, 9002, 9003, 9004], ["(a AND b AND c)"]),
    ] as [([Int], [String])])
  func `rare words suffice, common ones must come together`(counts: [Int], expressions: [String]) {
    let terms = ["a", "b", "c", "d", "e"].prefix(counts.count)
    #expect(WordPlan.expressions(Array(terms), counts: counts) == expressions)
  }

  @Test func `counts of common words are remembered for their revision`() {
    var counts = WordCounts()
    counts.keep(199, of: "rare", in: 1, at: 1)
    counts.keep(200, of: "common", in: 1, at: 1)
    #expect(counts.count(of: "rare", in: 1, at: 1) == nil)
    #expect(counts.count(of: "common", in: 1, at: 1) == 200)
    #expect(
      counts.count(of: "common", in: 2, at: 1) == nil && counts.count(of: "common", in: 1, at: 2) == nil)
    counts.keep(300, of: "other", in: 1, at: 2)
    #expect(counts.count(of: "common", in: 1, at: 1) == nil && counts.count(of: "other", in: 1, at: 2) == 300)
  }

  @Test func `what stands high in both rankings is first`() {
    let fused = RankFusion.fuse(words: [1, 2, 3], vectors: [3, 4, 1])
    #expect(fused.map(\.chunk) == [1, 3, 2, 4])
    #expect(fused[0] == RankFusion.Fused(chunk: 1, score: 1 / 61 + 1 / 63, wordRank: 1, vectorRank: 3))
    #expect(fused[3] == RankFusion.Fused(chunk: 4, score: 1 / 62, wordRank: nil, vectorRank: 2))
    #expect(RankFusion.fuse(words: [], vectors: []).isEmpty)
    #expect(RankFusion.fuse(words: [7, 5], vectors: [5, 7]).map(\.chunk) == [5, 7])
  }

  @Test
  func
    `lexical vectors are of length 1, always the same, and near for texts that share words or parts of them`()
  {
    func vector(_ text: String) -> [Float] { LexicalModel.vector(of: text) }
    func likeness(_ left: String, _ right: String) -> Float {
      zip(vector(left), vector(right)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(vector("Refund policy").count == LexicalModel.dimensions)
    #expect(abs(likeness("Refund policy", "refund POLICY!") - 1) < 1e-5)
    #expect(vector("Refund policy, twice") == vector("Refund policy, twice"))
    #expect(vector("").allSatisfy { $0 == 0 } && vector("the of and").allSatisfy { $0 == 0 })
    #expect(likeness("refunds", "refund") > 0.4)
    #expect(likeness("authentification failed", "authentication failure") > 0.4)
    #expect(likeness("refund", "weather forecast") < 0.15)
  }
}
