import Basics
import Model
import Storage
import TestKit
import Testing

@testable import API

/// InsightX end to end: the real route, the real pipeline, a scripted model.
struct InsightXFlowTests {
  private static let answer = """
    ```json
    {"text":"The mean is **11.5**.","metrics":{"mean":11.5},"confidence":97,"follow_ups":["And last month?"],"insights":["The mean is 11.5"]}
    ```
    """

  /// A model that classifies as the question says in capitals, and knows its other parts.
  @Sendable private static func brain(_ request: ModelRequest) -> [ScriptedUpstream.Action] {
    if request.system.contains("You decide how") {
      let words = request.question.split { $0.isWhitespace || $0 == "?" }.map(String.init)
      let label = words.last { ["SQL_ONLY", "PY_ONLY", "SQL_THEN_PY", "EXPLAIN_ONLY"].contains($0) }
      return Script.whole(label.map { #"{"classification":"\#($0)","reasoning":"because"}"# } ?? "Hm.")
    }
    if request.system.contains("one SELECT statement") {
      let sql =
        request.question.contains("DROP")
        ? "DROP TABLE transactions" : "SELECT AVG(amount) AS mean FROM transactions"
      return Script.once("run_sql", ["sql": .string(sql)], for: request, then: "It is 11.5.")
    }
    if request.system.contains("statistics in Python") {
      return Script.once("run_python", ["code": "results = {}"], for: request, then: "One is far off.")
    }
    if request.system.contains("final answer") { return Script.whole("Here:\n", answer) }
    if request.system.contains("explain a data set") { return Script.whole("It has ", "5 columns.") }
    return Script.whole(
      #"{"dataset_name":"Sales","context_summary":"<b>Sales</b>","key_entities":["region"]}"#)
  }

  private static func body(_ message: String, chat: String = "test-chat", more: JSONObject = [:]) -> JSON {
    var body: JSONObject = [
      "session_id": "test-session", "chat_id": .string(chat), "message": .string(message),
    ]
    for member in more.members { body[member.name] = member.value }
    return .object(body)
  }

  @Test func `S000-01 S000-02 S000-24 S001-08 a question becomes a whole stream with the number in the text`()
    async throws
  {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("SQL_ONLY What is the mean?"))
      #expect(answer.status == 200 && answer.strange.isEmpty)
      #expect(answer.fields["content-type"] == "text/event-stream; charset=utf-8")
      #expect(answer.fields["cache-control"] == "no-cache" && answer.fields["x-accel-buffering"] == "no")
      #expect(answer.lines.first == #"{"type":"status","message":"Loading Data DNA..."}"#)
      #expect(
        answer.types().filter { $0 != "status" } == ["orchestrator_result", "sql_result", "final_response"])
      let sql = answer.event("sql_result")?["data"]
      #expect(sql?["query"]?.string?.contains("AVG") == true && sql?["rows"] == [["mean": 11.5]])
      let final = answer.event("final_response")?["data"]
      #expect(final?["text"] == "The mean is **11.5**." && final?["classification"] == "SQL_ONLY")
      #expect(final?["sql_used"] == sql?["query"])
      #expect(!answer.lines.contains("[DONE]"))
    }
  }

  @Test(
    arguments: [
      ("SQL_ONLY", ["sql_result"]), ("PY_ONLY", ["python_result"]),
      ("SQL_THEN_PY", ["sql_result", "python_result"]), ("EXPLAIN_ONLY", []), ("whatever", []),
    ])
  func `S000-17 S000-25 four answers give four sequences, and any other the fourth`(
    label: String, results: [String]
  ) async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("Tell me, \(label) ?"))
      #expect(
        answer.types().filter { $0 != "status" } == ["orchestrator_result"] + results + ["final_response"])
      let isExplained = results.isEmpty
      #expect(
        answer.event("final_response")?["data"]?["text"]
          == (isExplained ? "It has 5 columns." : "The mean is **11.5**."))
    }
  }

  @Test(arguments: ["PY_ONLY", "SQL_THEN_PY", "SQL_ONLY"])
  func `SQL that the model only wrote is run for it, and told as if it had called the tool`(
    label: String
  ) async throws {
    let sql = "SELECT COUNT(*) AS n\nFROM transactions"
    try await SurfaceSite.run(
      brain: { request in
        request.system.contains("one SELECT statement")
          ? Script.whole("Here it is:\n```sql\n\(sql);\n```\nIt counts.") : Self.brain(request)
      }, tools: []
    ) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("How many? \(label)"))
      let data = answer.event("sql_result")?["data"]
      #expect((data == nil) == (label == "PY_ONLY"), "\(answer.lines)")
      guard label != "PY_ONLY" else { return }
      #expect(data?["query"]?.string?.hasPrefix(sql) == true && data?["rows"] == [["n": 10000]])
      #expect(answer.event("final_response")?["data"]?["sql_used"] == data?["query"])
      let composer = surface.upstream.requests.last { ModelRequest($0).system.contains("final answer") }
      #expect(composer.map { ModelRequest($0).question.contains("10000") } == true)
      let kept = try await surface.site.get("/api/messages/test-chat").json.array?.last
      #expect(kept?["content"]?.string?.contains("COUNT(*)") == true)
      #expect(answer.types().filter { $0 == "error" }.isEmpty)
    }
  }

  @Test(arguments: [
    ("I cannot do that.", nil),
    ("```sql\nDROP TABLE transactions\n```", "Dangerous keyword 'DROP' not allowed"),
  ])
  func `what is no query gives no rows, and a forbidden one an error`(text: String, error: String?)
    async throws
  {
    try await SurfaceSite.run(
      brain: { $0.system.contains("one SELECT statement") ? Script.whole(text) : Self.brain($0) }, tools: []
    ) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("How many? SQL_ONLY"))
      #expect(answer.event("sql_result") == nil && answer.types().last == "final_response")
      #expect(answer.event("error")?["message"]?.string == error)
      let executing = answer.lines.contains { $0.contains("sql_execution") }
      #expect(executing == (error != nil))
    }
  }

  @Test func `S001-13 a refused query is an error in the stream, and the composer still answers`()
    async throws
  {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("DROP it SQL_ONLY"))
      #expect(answer.event("error")?["message"] == "Dangerous keyword 'DROP' not allowed")
      #expect(answer.types().last == "final_response" && answer.event("sql_result") == nil)
    }
  }

  @Test func `S000-20 what was found is kept with the session before the stream ends`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      _ = try await surface.stream("/api/chat/stream", Self.body("SQL_ONLY What is the mean?"))
      let insights = try await surface.site.store.read {
        try $0.datasets.insights(of: Identifier("test-session"))
      }
      #expect(insights.map { $0["finding"] } == ["The mean is 11.5"])
      #expect(insights.first?["query"] == "SQL_ONLY What is the mean?" && insights.first?["confidence"] == 97)
    }
  }

  @Test(arguments: [("/api/agents/chat", true), ("/api/api/chat/stream", false), ("/api/chat/stream", false)])
  func `the terminator comes where it is promised, and the doubled prefix is heard`(
    path: String, ends: Bool
  ) async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.stream(path, Self.body("Hello"))
      #expect(answer.event("final_response") != nil)
      #expect((answer.lines.last == "[DONE]") == ends)
    }
  }

  @Test func `the terminator can be switched on`() async throws {
    var configuration = APIConfiguration()
    configuration.streamDone = true
    try await SurfaceSite.run(brain: Self.brain, configuration: configuration) { (surface) async throws in
      #expect(try await surface.stream("/api/chat/stream", Self.body("Hello")).lines.last == "[DONE]")
    }
  }

  @Test func `S000-33 a follow-up sees what was said before, from the store or else from the page`()
    async throws
  {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let history: JSON = [["role": "orchestrator", "content": ["text": "Earlier words"]]]
      _ = try await surface.stream(
        "/api/chat/stream", Self.body("First question", chat: "a", more: ["history": history]))
      #expect(surface.upstream.requests.contains { $0.text.contains("Earlier words") })
      let before = surface.upstream.requests.count
      _ = try await surface.stream(
        "/api/chat/stream", Self.body("Second question", chat: "a", more: ["history": history]))
      let later = surface.upstream.requests.dropFirst(before)
      #expect(later.contains { $0.text.contains("First question") && $0.text.contains("It has 5 columns.") })
      #expect(!later.contains { $0.text.contains("Earlier words") })
    }
  }

  @Test func `S001-15 without keys the stream says so, and ends`() async throws {
    try await SurfaceSite.run(brain: Self.brain, hasKeys: false) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("Hello"))
      #expect(answer.event("error")?["message"]?.string?.hasPrefix("No Bytez API keys found") == true)
      #expect(answer.types().last == "error")
    }
  }

  @Test(arguments: [400, 404, 500])
  func `S000-08 S000-15 a gateway that fails gives an error event in a whole stream`(status: Int) async throws
  {
    try await SurfaceSite.run(brain: { _ in
      [.response("{\"error\":{\"message\":\"no such model\"}}", status: status)]
    }) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("Hello"))
      #expect(answer.status == 200 && answer.types().last == "error")
      #expect(answer.event("error")?["message"]?.string?.isEmpty == false)
    }
  }

  @Test func `S000-31 a model that says nothing gives a sentence all the same`() async throws {
    try await SurfaceSite.run(brain: { _ in Script.whole("") }) { (surface) async throws in
      let answer = try await surface.stream("/api/chat/stream", Self.body("Hello"))
      let text =
        answer.event("final_response")?["data"]?["text"]?.string ?? answer.event("error")?["message"]?.string
      #expect(text?.isEmpty == false)
    }
  }

  @Test(arguments: ["{", #"{"session_id":"s"}"#])
  func `S000-02 what cannot be asked is refused before the stream`(body: String) async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let answer = try await surface.site.send("POST", "/api/chat/stream", body: body)
      #expect(answer.status == 400 && answer.error != nil && answer.json["detail"] == answer.json["error"])
    }
  }

  @Test func `the context of a data set is whole, safe, and told once`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      let first = try await surface.site.post("/api/agents/context", ["sessionId": "test-session"])
      let response = first.json["response"]
      #expect(first.status == 200 && first.json["success"] == true && first.json["cached"] == nil)
      #expect(response?["context_summary"] == "&lt;b&gt;Sales&lt;/b&gt;")
      for name in ["key_entities", "use_cases", "key_insights", "recommended_analyses"] {
        #expect(response?[name]?.array != nil)
      }
      let asked = surface.upstream.requests.count
      let second = try await surface.site.post("/api/agents/context", ["sessionId": "test-session"])
      #expect(second.json["cached"] == true && second.json["response"] == response)
      #expect(surface.upstream.requests.count == asked)
      let none = try await surface.site.post("/api/agents/context", [:])
      #expect(none.status == 400 && none.error == "Missing required field: sessionId")
    }
  }

  @Test func `S003-09 the pipelines of other systems are not in Agent Nexus's list`() async throws {
    try await SurfaceSite.run(brain: Self.brain) { (surface) async throws in
      #expect(try await surface.site.get("/api/agents").json.array?.count == 5)
      let own = try await surface.site.get("/api/agents?workspace=insightx").json.array ?? []
      #expect(own.contains { $0["identityName"] == "InsightX" })
    }
  }
}
