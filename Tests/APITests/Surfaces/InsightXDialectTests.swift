import Basics
import Model
import Testing

@testable import API

private typealias Reading = SurfaceReading

struct InsightXDialectTests {
  private static func stream(_ events: [JSON], _ ending: RunEnding, done: Bool = false) -> [JSON] {
    Reading.stream(InsightXDialect(endsWithDone: done), events, ending).compactMap {
      try? JSON.parse($0.data)
    }
  }

  private static func classified(_ label: String) -> [JSON] {
    [
      Reading.began("orchestrator"), Reading.decided("orchestrator", label),
      Reading.done(
        "orchestrator",
        [
          "text": "{}", "label": .string(label),
          "data": ["next_agents": [], "classification": .string(label), "reasoning": "because"],
        ]),
      Reading.began("route"), Reading.decided("route", "otherwise"),
    ]
  }

  private static let rows: JSON = [["region": "North", "n": 14], ["region": "South", "n": 9]]
  private static let query = "SELECT region, COUNT(*) AS n FROM transactions GROUP BY region"

  private static let sql: [JSON] = [
    Reading.began("sql_agent"), Reading.aside("sql_agent", "Let me look."),
    Reading.calls("sql_agent", "run_sql", ["sql": .string(query)]),
    Reading.done(
      "sql_agent",
      [
        "text": "Done.",
        "tools": [
          "run_sql": [
            "columns": ["region", "n"], "rows": rows, "row_count": 2, "truncated": false,
            "summary": "Query returned 2 rows, 2 columns",
          ]
        ],
      ]),
  ]

  private static let python: [JSON] = [
    Reading.began("python_agent"), Reading.calls("python_agent", "run_python", ["code": "results = {}"]),
    Reading.done(
      "python_agent",
      [
        "text": "Done.",
        "tools": ["run_python": ["mean": 11.5, "outliers": [99], "insights": ["North sells more"]]],
      ]),
  ]

  @Test func `S000-03 S000-04 S000-05 S000-07 the stream of a query is byte by byte the contract's`() {
    let answer = """
      ```json
      {"text":"**North** leads.","metrics":{"top_region":"North"},"confidence":97,"follow_ups":["And last month?"],"insights":["North leads"]}
      ```
      """
    let events = Self.classified("SQL_ONLY") + Self.sql + [Reading.began("composer"), Reading.answer(answer)]
    let stream = Reading.stream(InsightXDialect(endsWithDone: false), events, Reading.completed(answer))
    let rows = #"[{"region":"North","n":14},{"region":"South","n":9}]"#
    let query = #""query":"\#(Self.query)","rows":\#(rows),"row_count":2,"columns":["region","n"],"#
    let summary = #""summary":"Query returned 2 rows, 2 columns","data":\#(rows),"#
    let results = #""results":{"rows":\#(rows),"columns":["region","n"],"row_count":2},"truncated":false}}"#
    let text = #"{"type":"final_response","data":{"text":"**North** leads.","classification":"SQL_ONLY","#
    let figures =
      #""metrics":{"top_region":"North"},"chart_spec":null,"confidence":97,"follow_ups":["And last month?"],"#
    let code = #""sql_used":"\#(Self.query)","python_used":null,"insights":["North leads"]}}"#
    let expected: [String] = [
      #"{"type":"status","message":"Loading Data DNA..."}"#,
      #"{"type":"status","message":"Analyzing your question...","data":{"stage":"orchestrating"}}"#,
      #"{"type":"orchestrator_result","data":{"classification":"SQL_ONLY","reasoning":"because","next_agents":[]}}"#,
      #"{"type":"status","message":"Generating SQL query...","data":{"stage":"sql_generation"}}"#,
      #"{"type":"status","message":"Executing SQL query...","data":{"stage":"sql_execution"}}"#,
      #"{"type":"sql_result","data":{"# + query + summary + results,
      #"{"type":"status","message":"Composing the answer...","data":{"stage":"composition"}}"#,
      text + figures + code,
    ]
    #expect(Reading.lines(stream) == expected)
  }

  @Test(
    arguments: [
      ("SQL_ONLY", ["sql_result"]), ("PY_ONLY", ["python_result"]),
      ("SQL_THEN_PY", ["sql_result", "python_result"]), ("EXPLAIN_ONLY", []),
    ])
  func `S000-17 each label has its own sequence of results`(label: String, results: [String]) {
    var events = Self.classified(label)
    if results.contains("sql_result") { events += Self.sql }
    if results.contains("python_result") { events += Self.python }
    let types = Self.stream(events, Reading.completed("It is so.")).compactMap { $0["type"]?.string }
    #expect(types.filter { $0 != "status" } == ["orchestrator_result"] + results + ["final_response"])
  }

  @Test func `S000-06 S000-19 the result of Python is there for every version of the page`() throws {
    let stream = Self.stream(Self.classified("PY_ONLY") + Self.python, Reading.completed("So."))
    let data = try #require(stream.first { $0["type"] == "python_result" }?["data"])
    let results =
      #"{"code":"results = {}","results":{"mean":11.5,"outliers":[99],"insights":["North sells more"]},"#
    let summary =
      #""summary":"Python execution completed successfully","metrics":{"mean":11.5},"outliers":[99],"#
    #expect(data.text == results + summary + #""insights":["North sells more"]}"#)
    #expect(stream.last?["data"]?["python_used"] == "results = {}")
  }

  @Test func `a host without Python says so and shows its statistics`() throws {
    let events: [JSON] = [
      Reading.calls("python_agent", "run_python", ["code": "x"]),
      Reading.done(
        "python_agent",
        ["text": "", "tools": ["run_python": ["not_run": "No pandas.", "statistics": ["df": ["rows": 3]]]]]),
    ]
    let data = try #require(
      Self.stream(events, Reading.completed("So.")).first { $0["type"] == "python_result" }?["data"])
    #expect(data["summary"] == "No pandas." && data["results"] == ["df": ["rows": 3]])
  }

  @Test func `a query of more than ten rows is repeated only in part`() throws {
    let rows = (0..<25).map { JSON.object(["n": .integer(Int64($0))]) }
    let events: [JSON] = [
      Reading.calls("sql_agent", "run_sql", ["sql": "SELECT n FROM transactions"]),
      Reading.done(
        "sql_agent", ["text": "", "tools": ["run_sql": ["columns": ["n"], "rows": .array(rows)]]]),
    ]
    let data = try #require(
      Self.stream(events, Reading.completed("So.")).first { $0["type"] == "sql_result" }?["data"])
    #expect(data["rows"]?.array?.count == 25 && data["data"]?.array?.count == 10)
    #expect(data["row_count"] == 25 && data["summary"] == "Query returned 25 rows, 1 columns")
  }

  @Test func `a query that failed for good is an error, and the answer still comes`() {
    let events = [
      Reading.calls("sql_agent", "run_sql", ["sql": "DROP TABLE x"]),
      Reading.callFails("sql_agent", "run_sql", "Dangerous keyword 'DROP' not allowed"),
      Reading.done("sql_agent", ["text": "I cannot."]), Reading.broken("python_agent", "Boom."),
    ]
    let stream = Self.stream(events, Reading.completed("No."))
    let errors = stream.filter { $0["type"] == "error" }.compactMap { $0["message"]?.string }
    #expect(errors == ["Dangerous keyword 'DROP' not allowed", "Boom."])
    #expect(stream.last?["type"] == "final_response")
    #expect(stream.last?["data"]?["sql_used"] == .null)
  }

  @Test func `a query that was mended by the model is no error`() {
    let events = [
      Reading.calls("sql_agent", "run_sql", ["sql": "SELEC"]),
      Reading.callFails("sql_agent", "run_sql", "Only SELECT statements are allowed"),
    ]
    let stream = Self.stream(events + Self.sql, Reading.completed("So."))
    #expect(!stream.contains { $0["type"] == "error" })
    #expect(stream.last?["data"]?["sql_used"] == .string(Self.query))
  }

  @Test func `a try of a step that is followed by another is not shown`() {
    let stream = Self.stream(
      [Reading.broken("sql_agent", "Once.", isTriedAgain: true)], Reading.completed("So."))
    #expect(!stream.contains { $0["type"] == "error" })
  }

  @Test(
    arguments: [
      (
        "provider_key_missing", "Step orchestrator: Bytez API key is required",
        "No Bytez API keys found. Set BYTEZ_API_KEY, or BYTEZ_API_KEY_1 and further ones."
      ),
      ("provider_key_missing", "OpenAI API key is required", "OpenAI API key is required"),
      ("provider_keys_exhausted", "All rest.", "All API keys exhausted after retries"),
      ("provider_model_not_found", "There is no model x.", "There is no model x."),
    ])
  func `S000-08 S000-29 S001-15 a failed run ends with an error in words that are known`(
    code: String, words: String, message: String
  ) {
    let stream = Self.stream([], Reading.failed(code, words))
    #expect(stream.last == ["type": "error", "message": .string(message)])
    #expect(!stream.contains { $0["type"] == "final_response" })
  }

  @Test(arguments: [Run.Status.stopped, .interrupted])
  func `S001-25 a run that is cut ends with an error, never in silence`(status: Run.Status) {
    let stream = Self.stream([], RunEnding(status: status, text: "", seconds: 0))
    #expect(stream.last?["type"] == "error")
  }

  @Test func `the terminator comes last and only where it is wanted`() {
    for ending in [Reading.completed("So."), Reading.failed("provider_timeout")] {
      let with = Reading.stream(InsightXDialect(endsWithDone: true), [], ending)
      #expect(with.last == .done)
      #expect(String(decoding: SurfaceEvent.done.encoded, as: UTF8.self) == "data: [DONE]\n\n")
      #expect(!Reading.stream(InsightXDialect(endsWithDone: false), [], ending).contains(.done))
    }
  }
}

struct InsightXAnswerTests {
  private static func answer(_ text: String) -> InsightXAnswer {
    InsightXAnswer(text, classification: "SQL_ONLY", sql: "SELECT 1", python: nil)
  }

  @Test(
    arguments: [
      ("Plain words.", "Plain words."), (#"{"text":"Whole."}"#, "Whole."),
      ("```json\n{\"text\":\"Fenced.\"}\n```", "Fenced."),
      ("Here you are: {\"a\":{}} and {\"text\":\"Amid {braces}.\"} so.", "Amid {braces}."),
      (#"{"other":1}"#, #"{"other":1}"#), ("", InsightXAnswer.fallback), (" \n\t", InsightXAnswer.fallback),
      (#"{"text":""}"#, InsightXAnswer.fallback),
    ])
  func `S000-31 whatever the model writes, the text is readable and never empty`(
    written: String, text: String
  ) {
    #expect(Self.answer(written).text == text)
  }

  @Test func `S000-20 findings are collected from wherever the model puts them`() {
    #expect(Self.answer(#"{"text":"t","finding":"A"}"#).insights == ["A"])
    #expect(
      Self.answer(#"{"text":"t","insights":["A",{"finding":"B"}," "],"finding":"A"}"#).insights == ["A", "B"])
  }

  @Test func `what is stored parses to an object with a text`() throws {
    let json = Self.answer(#"{"text":"t","warning":"few rows","metrics":"none"}"#).json
    let stored = try JSON.parse(json.text)
    #expect(stored["text"] == "t" && stored["warning"] == "few rows" && stored["metrics"] == .null)
    #expect(stored["sql_used"] == "SELECT 1" && stored["follow_ups"] == [])
  }
}
