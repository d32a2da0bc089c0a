import Basics
import Datasets
import Model
import Sandbox
import TestKit
import Testing

@testable import API

@Suite(.timeLimit(.minutes(TimeLimit.minutes(2))))
struct CodeRoutesTests {
  private static func sql(_ sql: String, _ site: HubUnderTest, _ more: JSONObject = [:]) async throws
    -> Answer
  {
    var body: JSONObject = ["session_id": "test-session", "sql": .string(sql)]
    for member in more.members { body[member.name] = member.value }
    return try await site.post("/api/sql/execute", .object(body))
  }

  @Test(arguments: [
    ("DROP TABLE transactions", 403, "Dangerous keyword 'DROP' not allowed"),
    ("SELECT 1; SELECT 2", 400, "Only one statement is allowed"),
    ("UPDATE transactions SET amount = 1", 403, "Dangerous keyword 'UPDATE' not allowed"),
    ("EXPLAIN SELECT 1", 400, "Only SELECT statements are allowed"),
    ("SELECT lost FROM transactions", 400, "no such column: lost"),
    ("SELECT * FROM sqlite_master", 403, "The query may not use the table sqlite_master"),
    ("SELECT load_extension('x')", 403, "The query may not use"),
    ("", 400, "Only SELECT statements are allowed"),
  ])
  func `S001-05 a query that may not be asked is refused with its reason`(
    text: String, status: Int, words: String
  )
    async throws
  {
    try await HubUnderTest.run { site in
      let answer = try await Self.sql(text, site)
      #expect(answer.status == status, "\(answer.text)")
      #expect(
        answer.json["detail"]?.string?.hasPrefix("SQL execution failed: \(words)") == true, "\(answer.text)")
      #expect(answer.error?.hasPrefix(words) == true)
    }
  }

  @Test func `S000-18 the sample answers for a session that never was, and rows are bounded`() async throws {
    try await HubUnderTest.run { site in
      let mean = try await Self.sql("SELECT round(avg(amount), 2) AS mean FROM transactions", site)
      #expect(mean.json["data"]?["rows"] == [["mean": 125.5]], "\(mean.text)")
      let all = try await Self.sql("SELECT transaction_id FROM transactions", site)
      #expect(all.json["data"]?["row_count"] == 500 && all.json["data"]?["truncated"] == true)
      let few = try await Self.sql("SELECT transaction_id FROM transactions", site, ["limit": 3])
      #expect(few.json["data"]?["rows"]?.array?.count == 3)
      let none = try await Self.sql("SELECT transaction_id FROM transactions", site, ["limit": -5])
      #expect(none.status == 200 && none.json["data"]?["row_count"] == 0)
    }
  }

  @Test func `a query that takes too long is ended with 504, and one of too much memory with 400`()
    async throws
  {
    var limits = DatasetLimits()
    limits.query.seconds = 1
    try await HubUnderTest.run(datasets: limits) { site in
      let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
      let late = try await Self.sql(endless, site)
      #expect(
        late.status == 504 && late.json["detail"] == "SQL execution failed: SQL execution timed out after 1s")
      let long = try await Self.sql("SELECT '\(String(repeating: "x", count: 70_000))'", site)
      #expect(long.status == 400 && long.code == "query_too_large")
    }
  }

  @Test func `a deleted session is not answered from the sample`() async throws {
    try await HubUnderTest.run { site in
      let id = try await site.session(of: fiftyPayments)
      _ = try await site.send("DELETE", "/api/session/\(id)")
      let answer = try await Self.sql("SELECT 1", site, ["session_id": .string(id)])
      #expect(answer.status == 404 && answer.json["detail"] == "Session not found")
      let python = try await site.post("/api/python/execute", ["session_id": .string(id), "code": "x = 1"])
      #expect(python.status == 404)
    }
  }

  @Test(arguments: [
    ("/api/sql/execute", "{}", ["session_id", "sql"], "missing"),
    ("/api/sql/execute", #"{"session_id":1,"sql":"x"}"#, ["session_id"], "string_type"),
    ("/api/sql/execute", #"{"session_id":"s","sql":"x","limit":"many"}"#, ["limit"], "int_type"),
    ("/api/sql/execute", #"{"session_id":"s","sql":"x","limit":1e300}"#, ["limit"], "int_type"),
    ("/api/python/execute", #"{"session_id":"s"}"#, ["code"], "missing"),
    (
      "/api/python/execute", #"{"session_id":"s","code":"x","timeout":1e300}"#, ["timeout"], "less_than_equal"
    ),
    ("/api/python/execute", #"{"session_id":"s","code":"x","timeout":0}"#, ["timeout"], "greater_than_equal"),
    ("/api/python/execute", #"{"session_id":"s","code":"x","timeout":"5"}"#, ["timeout"], "float_type"),
    ("/api/chats", "{}", ["session_id"], "missing"),
    ("/api/messages", "{}", ["chat_id", "role", "content"], "missing"),
  ])
  func `a body that does not fit is told member by member`(
    path: String, body: String, members: [String], type: String
  ) async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.send("POST", path, body: body, fields: ["Content-Type": "application/json"])
      #expect(answer.status == 422, "\(answer.text)")
      let faults = answer.json["detail"]?.array ?? []
      #expect(faults.map { $0["loc"] } == members.map { ["body", .string($0)] })
      #expect(
        faults.allSatisfy { $0["type"]?.string == type && $0["msg"]?.string != nil && $0["input"] != nil })
      #expect(answer.error?.isEmpty == false)
    }
  }

  @Test(arguments: ["", "{", "[]", "null"])
  func `a body that is no object is 422, too`(body: String) async throws {
    try await HubUnderTest.run { site in
      let answer = try await site.send("POST", "/api/sql/execute", body: body)
      #expect(answer.status == 422 && answer.json["detail"]?[0]?["loc"]?[0] == "body")
    }
  }

  // MARK: - Python

  private static func python(_ code: String, _ site: HubUnderTest, _ more: JSONObject = [:]) async throws
    -> Answer
  {
    var body: JSONObject = ["session_id": "test-session", "code": .string(code)]
    for member in more.members { body[member.name] = member.value }
    return try await site.post("/api/python/execute", .object(body))
  }

  /// One hub for all, since each brings up Python anew.
  @Test(.enabled("needs bubblewrap, python3-pandas and python3-scipy") { await PythonHost.runs() })
  func
    `S000-19, S001-06, S001-18 Python runs on the data set and on the last query's rows, within its bounds`()
    async throws
  {
    try await HubUnderTest.run { site in
      let csv = "x\n" + (0..<60).map { $0 == 41 ? "900\n" : "\(10 + $0 % 5)\n" }.joined()
      let session: JSONObject = ["session_id": .string(try await site.session(of: csv))]
      let outliers = try await Self.python(
        "z = stats.zscore(df['x'])\nresults = {'rows': [int(i) for i in df.index[abs(z) > 2]]}", site, session
      )
      #expect(outliers.status == 200, "\(outliers.text)")
      #expect(outliers.json["success"] == true && outliers.json["data"] == ["rows": [41]])
      #expect(outliers.json["summary"] == "Python execution completed successfully")
      _ = try await Self.sql("SELECT x FROM transactions ORDER BY x DESC", site, session.adding("limit", 2))
      let rows = try await Self.python("results = {'x': [int(v) for v in result_df['x']]}", site, session)
      #expect(rows.json["data"] == ["x": [900, 14]], "\(rows.text)")
      let sample = try await Self.python("results = {'n': len(df), 'rows': len(result_df)}", site)
      #expect(sample.json["data"] == ["n": 10_000, "rows": 0], "\(sample.text)")

      let refused = try await Self.python("import os\nos.system('id')", site)
      #expect(
        refused.status == 403
          && refused.json["detail"]?.string?.contains("Import of 'os' not allowed") == true)
      let broken = try await Self.python("x = (", site)
      #expect(broken.status == 400, "\(broken.text)")
      #expect(broken.json["detail"]?.string?.hasPrefix("Python execution failed: Syntax error: ") == true)
      let failed = try await Self.python("1 / 0", site)
      #expect(failed.status == 400 && failed.error?.contains("division by zero") == true, "\(failed.text)")
      let endless = try await Self.python("while True: pass", site, ["timeout": 1])
      #expect(endless.status == 504)
      #expect(endless.json["detail"] == "Python execution failed: Python execution timed out after 1s")
      let history = try await site.get("/api/session/test-session/sidebar").json["python_code_history"]?.array
      #expect(history?.map { $0["status"] } == ["success", "error", "error", "error", "error"])
    }
  }
}

extension JSONObject {
  /// The object with one more member.
  func adding(_ name: String, _ value: JSON) -> JSONObject {
    var object = self
    object[name] = value
    return object
  }
}

/// Whether Python code can be run on this host.
enum PythonHost {
  static func runs() async -> Bool {
    let scratch = ScratchFolder()
    let worker = Array((Repository.text(of: "Sandbox/worker.py") ?? "").utf8)
    guard
      let sandbox = try? PythonSandbox(
        configuration: SandboxConfiguration(
          worker: worker, folder: scratch.path + "/python", readyWorkers: 0),
        log: .silent)
    else { return false }
    return (try? await sandbox.run(PythonCall(code: "pass", timeout: .seconds(60)))) != nil
  }
}
