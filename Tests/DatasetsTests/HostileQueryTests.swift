import Basics
import Datasets
import Model
import TestKit
import Testing

struct HostileQueryTests {
  /// Statements, and how they must fail.
  static let hostile: [(String, String)] = [
    // Past the rule's own words, at the engine.
    ("SELECT * FROM sqlite_schema", "query_denied"), ("SELECT * FROM sqlite_master", "query_denied"),
    ("SELECT * FROM main.sqlite_schema", "query_denied"),
    ("SELECT * FROM sqlite_temp_master", "query_denied"),
    ("SELECT * FROM columns", "query_denied"), ("SELECT * FROM facts", "query_denied"),
    ("SELECT * FROM pragma_table_info('transactions')", "query_denied"),
    ("SELECT * FROM pragma_database_list", "query_denied"),
    ("SELECT * FROM pragma_function_list", "query_denied"),
    ("SELECT * FROM dbstat", "query_denied"), ("SELECT * FROM sqlite_dbpage", "query_invalid"),
    ("SELECT count(*) FROM sqlite_schema", "query_denied"), ("SELECT count(*) FROM columns", "query_denied"),
    ("WITH a AS (SELECT 1) SELECT count(*) FROM columns, a", "query_denied"),
    ("SELECT * FROM bytecode('SELECT 1')", "query_invalid"),
    ("SELECT (SELECT name FROM sqlite_schema LIMIT 1) FROM transactions", "query_denied"),
    ("SELECT id FROM transactions UNION SELECT sql FROM sqlite_schema", "query_denied"),
    ("WITH a AS (SELECT * FROM sqlite_schema) SELECT * FROM a", "query_denied"),
    ("SELECT * FROM transactions WHERE id IN (SELECT rootpage FROM sqlite_schema)", "query_denied"),
    ("SELECT * FROM transactions WHERE id IN sqlite_schema", "query_denied"),
    ("SELECT load_extension('x.so')", "query_denied"), ("SELECT readfile('/etc/passwd')", "query_invalid"),
    ("SELECT writefile('/tmp/x', 'y')", "query_invalid"), ("SELECT edit('x')", "query_invalid"),
    ("SELECT fts3_tokenizer('simple')", "query_denied"),
    ("SELECT sqlite_compileoption_get(1)", "query_denied"),
    ("SELECT sqlite_version()", "query_denied"), ("SELECT sqlite_source_id()", "query_denied"),
    ("SELECT randomblob(9)", "query_denied"), ("SELECT random()", "query_denied"),
    ("SELECT last_insert_rowid(), changes(), total_changes()", "query_denied"),
    ("SELECT * FROM temp.x", "query_invalid"), ("SELECT * FROM other.transactions", "query_invalid"),
    ("SELECT * FROM '/etc/passwd'", "query_invalid"),
    ("SELECT * FROM csv_read('/etc/passwd')", "query_invalid"),
    ("SELECT * FROM \"file:/etc/passwd\"", "query_invalid"), ("SELECT * FROM fts5vocab", "query_invalid"),
    ("SELECT 1 INTO OUTFILE '/tmp/x'", "query_invalid"),
    ("SELECT nothing FROM transactions", "query_invalid"),
    ("SELECT FROM", "query_invalid"), ("SELECT (((", "query_invalid"),
    ("SELECT 1 FROM nowhere", "query_invalid"),
    // Past the rule altogether.
    ("VACUUM INTO '/tmp/x.db'", "query_invalid"), ("EXPLAIN SELECT 1", "query_invalid"),
    ("ATTACH '/etc/passwd' AS p", "query_denied"), ("PRAGMA writable_schema = 1", "query_denied"),
    ("CREATE TABLE x (y)", "query_denied"), ("DELETE FROM transactions", "query_denied"),
    ("WITH a AS (SELECT 1) DELETE FROM transactions", "query_denied"),
    ("SELECT 1; DROP TABLE transactions", "query_denied"),
    ("REPLACE INTO transactions VALUES (1)", "query_invalid"),
    // Too large.
    ("SELECT zeroblob(1000000000)", "query_too_large"),
    ("SELECT hex(zeroblob(200000))", "query_too_large"),
    ("SELECT replace(printf('%.*c', 200000, 'x'), 'x', 'yyyyyyyyyy')", "query_too_large"),
    (
      "SELECT group_concat(a.n || printf('%.*c', 9999, 'x')) FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 99) SELECT n FROM c) a",
      "query_too_large"
    ),
    ("SELECT \(String(repeating: "(", count: 300))1\(String(repeating: ")", count: 300))", "query_invalid"),
    ("SELECT 1\(String(repeating: " UNION ALL SELECT 1", count: 200))", "query_invalid"),
    (QueryRuleTests.doubling(40), "query_too_large"),
    ("SELECT 'x' LIKE '\(String(repeating: "%a", count: 600))'", "query_invalid"),
  ]

  @Test func `every hostile statement is refused, and says why`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    for (sql, code) in Self.hostile {
      let refusal = await scratch.refusal(dataset, sql)
      #expect(refusal?.code == code, "\(sql.prefix(200)): \(refusal.map { "\($0)" } ?? "was answered")")
      #expect(refusal?.message.isEmpty == false)
    }
    #expect(try await scratch.ask(dataset, "SELECT count(*) AS n FROM transactions") == #"[{"n":4}]"#)
    #expect(scratch.files == ["\(dataset.id).db"])
  }

  /// The engine looks at the clock between operations only: one of them must not take long by itself.
  @Test(arguments: [
    "SELECT length(ltrim(x, y)) AS n FROM long", "SELECT length(rtrim(x, y)) AS n FROM long",
    "SELECT length(trim(x, y)) AS n FROM long",
  ])
  func `a text that is trimmed of many characters does not cost the square`(sql: String) async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let long =
      "WITH long AS (SELECT hex(zeroblob(100000)) AS x, replace(hex(zeroblob(100000)), '0', '1') || '0' AS y) "
    let start = ContinuousClock.now
    #expect(try await scratch.ask(dataset, long + sql) == #"[{"n":0}]"#)
    #expect(ContinuousClock.now - start < TimeLimit.patience(.seconds(3)))
  }

  @Test(arguments: [
    ("trim('  a b ', ' ')", "\"a b\""), ("trim('xyaxzx', 'xyz')", "\"a\""),
    ("ltrim('xyaxy', 'yx')", "\"axy\""),
    ("rtrim('xyaxy', 'yx')", "\"xya\""), ("trim('aaa', 'a')", "\"\""), ("trim('aaa', '')", "\"aaa\""),
    ("trim('żółw', 'żw')", "\"ół\""), ("trim(NULL, 'a')", "null"), ("trim('a', NULL)", "null"),
    ("trim(12321, 1)", "\"232\""), ("trim('  b  ')", "\"b\""), ("typeof(trim(5, 'x'))", "\"text\""),
  ])
  func `texts are trimmed as the engine does it`(call: String, value: String) async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    #expect(try await scratch.ask(dataset, "SELECT \(call) AS v") == "[{\"v\":\(value)}]")
  }

  @Test(arguments: [
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c",
    "SELECT count(*) FROM transactions a, transactions b, transactions c, transactions d, transactions e, transactions f, transactions g, transactions h, transactions i, transactions j, transactions k, transactions l, transactions m, transactions n",
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT sum(length(printf('%.*c', 250000, 'x'))) FROM c",
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n < 0",
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT sum(instr(printf('%.*c', 100000, 'a'), printf('%.*cb', 50000, 'a'))) FROM c",
  ])
  func `a question without an end is stopped in time`(sql: String) async throws {
    var limits = DatasetLimits()
    limits.query.seconds = 1
    let scratch = try ScratchService(limits)
    let dataset = try await scratch.add(payments)
    let clock = ContinuousClock()
    let start = clock.now
    let refusal = await scratch.refusal(dataset, sql)
    #expect(refusal == .timeout(seconds: 1))
    #expect(refusal?.message == "SQL execution timed out after 1s")
    #expect(clock.now - start < TimeLimit.patience(.seconds(2)))
  }

  @Test(arguments: [
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 100000) SELECT count(DISTINCT printf('%.*c%d', 20000, 'x', n)) FROM c",
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 100000), m AS MATERIALIZED (SELECT n, zeroblob(20000) AS z FROM c) SELECT count(*) FROM m a, m b WHERE a.n = b.n",
    "WITH RECURSIVE c(n, s) AS (SELECT 1, '' UNION ALL SELECT n + 1, printf('%.*c', 100000, 'x') FROM c) SELECT n FROM c ORDER BY s, n DESC",
  ])
  func `a question that hoards is stopped before the memory is gone`(sql: String) async throws {
    var limits = DatasetLimits()
    limits.query.memoryBytes = 32 << 20
    let scratch = try ScratchService(limits)
    let dataset = try await scratch.add(payments)
    #expect(await scratch.refusal(dataset, sql) == .tooMuchMemory(megabytes: 32))
  }

  @Test func `an answer is cut by rows and by bytes, and says so`() async throws {
    var limits = DatasetLimits()
    limits.query.resultBytes = 1 << 20
    let scratch = try ScratchService(limits)
    let dataset = try await scratch.add("n\n" + (1...501).map { "\($0)\n" }.joined())
    let standard = try await scratch.service.query(dataset.id, sql: "SELECT n FROM transactions ORDER BY n")
    #expect(standard.rows.count == 500)
    #expect(standard.isTruncated)
    #expect(standard.summary == "Query returned 500 rows, 1 columns")
    let all = try await scratch.service.query(dataset.id, sql: "SELECT n FROM transactions", limit: 501)
    #expect(all.rows.count == 501)
    #expect(!all.isTruncated)
    let large = try await scratch.service.query(
      dataset.id, sql: "SELECT printf('%.*c', 100000, 'x') FROM transactions")
    #expect(large.isTruncated)
    #expect(11...12 ~= large.rows.count)
    #expect(
      try await scratch.service.query(dataset.id, sql: "SELECT n FROM transactions", limit: -5).rows.isEmpty)
  }

  @Test func `a caller that goes away stops its question`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
    let tasks = (0..<4).map { _ in Task { try await scratch.service.query(dataset.id, sql: endless) } }
    try await Task.sleep(for: .milliseconds(20))
    for task in tasks { task.cancel() }
    let clock = ContinuousClock()
    let start = clock.now
    for task in tasks { #expect(await task.result.failure as? DatasetError == .cancelled) }
    #expect(clock.now - start < TimeLimit.patience(.seconds(1)))
  }

  @Test func `many ask at once, and get their own answers`() async throws {
    let scratch = try ScratchService()
    let first = try await scratch.add("n\n1\n2\n")
    let second = try await scratch.add("n\n10\n20\n")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for turn in 0..<60 {
        let (dataset, sum) = turn % 2 == 0 ? (first, 3) : (second, 30)
        group.addTask {
          let answer = try await scratch.ask(dataset, "SELECT sum(n) + \(turn) AS s FROM transactions")
          #expect(answer == #"[{"s":\#(sum + turn)}]"#)
        }
      }
      try await group.waitForAll()
    }
  }

  /// Among them every way to a number that no integer holds.
  @Test(
    arguments: [
      ("9e999", "null"), ("-9e999", "null"), ("percentile(id, 9e999)", "4.0"),
      ("percentile(id, -9e999)", "1.0"),
      ("percentile(id, 9e999 - 9e999)", "null"), ("percentile(id, NULL)", "null"),
      ("quantile(9e999, 0.5)", "null"),
      ("median(id * 9e999)", "null"), ("stddev(id * 9e999)", "null"), ("corr(id, 9e999)", "null"),
      ("corr(id * 1e308, id * 1e308)", nil), ("variance(id * 1e200)", "null"), ("sum(id * 1e308)", "null"),
      ("avg(id * 1e308)", "null"), ("median(NULL)", "null"),
      ("abs(-9223372036854775807)", "9223372036854775807"),
      ("cast(9e999 AS INTEGER)", "9223372036854775807"), ("round(1.5, 1000000)", "1.5"),
      ("substr('abc', -9e18, 9e18)", nil),
      ("group_concat(id, NULL)", nil), ("strftime('%Y', 9e999)", "null"),
      ("date(9223372036854775807)", "null"),
    ] as [(String, String?)])
  func `odd numbers are answered, and crash nothing`(call: String, value: String?) async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let answer = try await scratch.ask(dataset, "SELECT \(call) AS v FROM transactions", limit: 1)
    if let value { #expect(answer == "[{\"v\":\(value)}]") }
  }

  @Test func `a table of extremes has a profile`() async throws {
    let scratch = try ScratchService()
    let extremes = [
      "1e308", "-1e308", "5e-324", "0", "-0.0", "1.7976931348623157e308", "1e-310", "123456789012345678.5",
    ]
    let lines = (0..<64).map {
      "\(extremes[$0 % 8]),\(999_999_999_999_999_999 - $0),9999-12-31,0001-01-01 00:00:00+14:00"
    }
    let dataset = try await scratch.add("x,big,last,first\n" + lines.joined(separator: "\n"))
    let profile = try await scratch.service.explore(dataset.id)
    #expect(profile["row_count"] == 64 && profile["columns"]?.array?.count == 4)
    #expect(try JSON.parse(profile.text) == profile)
    #expect(try await scratch.service.statistics(of: dataset.id)["row_count"] == 64)
  }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
