import Basics
import Datasets
import TestKit
import Testing

struct QueryRuleTests {
  private func refusal(_ sql: String) -> DatasetError? {
    do throws(DatasetError) {
      try QueryRule.check(sql)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    "SELECT COUNT(*) FROM transactions", "select 1", "  \n\tSELECT 1 ;  ", "SELECT 1;;; -- done\n",
    "/* why */ SELECT 1",
    "SELECT created_at, updated_by FROM transactions", "SELECT 'DROP TABLE x; DELETE' AS note",
    "SELECT \"update\", [insert], `delete` FROM transactions", "SELECT 1 -- DROP TABLE transactions",
    "SELECT /* INSERT */ 1", "SELECT 'it''s; DROP' || \"a\"\"b; CALL\"",
    "SELECT replace(state, 'a', 'b') FROM transactions",
    "WITH a AS (SELECT 1 AS n) SELECT * FROM a",
    "WITH RECURSIVE c(n) AS (VALUES(1) UNION ALL SELECT n+1 FROM c WHERE n < 9) SELECT n FROM c",
    "with a as (select 1), b as (select * from a) select * from b",
    "SELECT preload, uploads, dropped FROM transactions",
    "SELECT x'ABCD', 1e5, .5, 0x1F, $a, :b, @c, ?1",
  ])
  func `questions are let through`(sql: String) {
    #expect(refusal(sql) == nil)  // S001-05
  }

  @Test(arguments: [
    "INSTALL", "LOAD", "COPY", "EXPORT", "ATTACH", "PRAGMA", "CREATE", "INSERT", "UPDATE", "DELETE", "DROP",
    "CALL",
    "ALTER",
  ])
  func `a word that changes things is refused by name`(word: String) {
    for sql in [
      "\(word) x", "\(word.lowercased()) x", "SELECT 1; \(word) TABLE transactions",
      "SELECT 1 /**/\(word)/**/ x",
    ] {
      // S001-05
      #expect(refusal(sql)?.message == "Dangerous keyword '\(word)' not allowed")
      #expect(refusal(sql)?.code == "query_denied")
    }
  }

  @Test(arguments: [
    "", "   ", "-- nothing", "EXPLAIN SELECT 1", "VACUUM", "REPLACE INTO transactions VALUES (1)",
    "VALUES (1)", "BEGIN",
    "DETACH main", "REINDEX", "SELECTED 1", "'SELECT 1'", "(SELECT 1)", "WITH a AS (SELECT 1) VALUES (1)",
    "WITH a AS (SELECT 1) REPLACE INTO transactions SELECT * FROM a", "WITH a AS (SELECT 1)", ";SELECT 1",
  ])
  func `what is no SELECT is refused`(sql: String) {
    #expect(refusal(sql) == .notASelect)
    #expect(refusal(sql)?.message == "Only SELECT statements are allowed")
    #expect(refusal(sql)?.code == "query_invalid")
  }

  @Test(arguments: ["SELECT 1; SELECT 2", "SELECT 1;\n--x\nSELECT 2", "SELECT ';'; SELECT 2", "SELECT 1;x"])
  func `several statements are refused`(sql: String) { #expect(refusal(sql) == .severalStatements) }

  @Test(arguments: [
    "SELECT 'open", "SELECT \"open", "SELECT [open", "SELECT `open", "SELECT 1\0; DROP", "SELECT 'a\0'",
  ])
  func `what cannot be told apart is refused`(sql: String) { #expect(refusal(sql)?.code == "query_invalid") }

  @Test func `a comment that is never closed hides what SQLite does not see either`() {
    #expect(refusal("SELECT 1 /* ; DROP TABLE transactions") == nil)
    #expect(refusal("SELECT 1 /*/ ; DROP TABLE transactions") == nil)
    #expect(refusal("SELECT 1 /**/ ; DROP TABLE transactions") == .dangerous(keyword: "DROP"))
  }

  /// Expressions that each name the one before twice.
  static func doubling(_ depth: Int, quote: String = "") -> String {
    let rest = (1..<depth).map {
      "c\($0) AS (SELECT * FROM \(quote)c\($0 - 1)\(quote), \(quote)c\($0 - 1)\(quote) b)"
    }
    return "WITH c0 AS (SELECT 1 AS n), \(rest.joined(separator: ", ")) SELECT count(*) FROM c\(depth - 1)"
  }

  @Test(arguments: ["", "\"", "'", "`"])
  func `expressions that multiply are counted before the engine copies them`(quote: String) {
    #expect(refusal(Self.doubling(30, quote: quote)) == .tooComplex)
    #expect(refusal(Self.doubling(5, quote: quote)) == nil)
  }

  @Test func `long chains of expressions are not`() {
    let chain = (1..<15).map { "c\($0) AS (SELECT c\($0 - 1).n + c\($0 - 1).n AS n FROM c\($0 - 1))" }
    #expect(
      refusal("WITH c0 AS (SELECT 1 AS n), \(chain.joined(separator: ", ")) SELECT c14.n, c14.n * 2 FROM c14")
        == nil)
  }

  @Test func `too long a question is refused`() {
    #expect(refusal("SELECT '\(String(repeating: "x", count: 70_000))'")?.code == "query_too_large")
  }

  @Test(arguments: [
    ("```sql\nSELECT 1;\n```", "SELECT 1;"),
    ("Here:\n```SQL\nSELECT a\nFROM b\n```\nDone.", "SELECT a\nFROM b"),
    ("```\nselect 2\n```", "select 2"), ("```python\nx = 1\n```\n```\nSELECT 3\n```", "SELECT 3"),
    ("The answer is SELECT a FROM b WHERE c = 1", "SELECT a FROM b WHERE c = 1"),
    ("I would run\n\nSELECT a,\n  b\nFROM c; and then", "SELECT a,\n  b\nFROM c"),
    ("SELECT a\nFROM b\n\nThis counts.", "SELECT a\nFROM b"),
    ("WITH t AS (SELECT 1)\nSELECT * FROM t", "WITH t AS (SELECT 1)\nSELECT * FROM t"),
    ("SELECT ';' AS s FROM b; more", "SELECT ';' AS s FROM b"), ("```sql\nSELECT 1", "SELECT 1"),
    ("We select the best. Then SELECT x FROM y", "SELECT x FROM y"),
  ])
  func `SQL is found in prose`(prose: String, sql: String) {
    #expect(SQLExtraction.statement(in: prose) == sql)
  }

  @Test(arguments: [
    "", "nothing here", "we can select the best", "```python\nprint(1)\n```", "SELECTED", "With AS in mind",
  ])
  func `prose without SQL has none`(prose: String) { #expect(SQLExtraction.statement(in: prose) == nil) }

  /// Before any engine, on a thread of the pool.
  @Test(arguments: [
    "SELECT 1" + String(repeating: ") AS (", count: 10_000),
    "WITH " + String(repeating: "x AS (", count: 10_000),
    "WITH " + (0..<4000).map { "t\($0) AS (SELECT 1)" }.joined(separator: ",") + " SELECT 1",
    "WITH t0 AS (SELECT 1)" + (1..<1600).map { ",t\($0) AS (SELECT * FROM t\($0 - 1))" }.joined()
      + " SELECT * FROM t1599",
  ])
  func `what a question says is checked in little time, whatever it says`(sql: String) {
    #expect(
      TimeLimit.isMet(.seconds(2)) {
        let start = ContinuousClock.now
        try? QueryRule.check(sql)
        return ContinuousClock.now - start
      })
  }
}
