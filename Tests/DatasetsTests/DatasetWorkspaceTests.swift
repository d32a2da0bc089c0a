import Basics
import Datasets
import Model
import PythonTools
import Sandbox
import Storage
import TestKit
import Testing
import Tools

struct DatasetWorkspaceTests {
  private func context(_ chat: Identifier<Conversation>) -> ToolContext {
    ToolContext(
      run: Identifier("r"), conversation: chat, agent: AgentReference(id: Identifier("a"), name: "A"), call: 1
    )
  }

  private func call(
    _ name: String, _ arguments: JSONObject, in chat: Conversation, of scratch: ScratchService
  ) async throws -> JSON {
    let tool = try #require(scratch.workspace.tools.first { $0.name == name })
    let schema = try JSONSchema(tool.definition.parameters)
    #expect(schema.faults(in: .object(arguments)) == [])
    return try JSON.parse(try await tool.call(arguments, in: context(chat.id)).parts.text)
  }

  @Test func `code that ran is noted with what came of it, also when it failed`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let sql = "SELECT region, count(*) AS n FROM transactions GROUP BY region ORDER BY region"
    var occasion = DatasetWorkspace.Occasion()
    occasion.description = "by region"
    _ = try await scratch.workspace.runSQL(sql, on: dataset.id, for: occasion)
    await #expect(throws: DatasetError.self) {
      try await scratch.workspace.runSQL("SELECT nothing FROM transactions", on: dataset.id)
    }
    let sidebar = try #require(try await scratch.workspace.sidebar(of: dataset.id))
    #expect(sidebar.filename == "data.csv")
    #expect(sidebar.row.sqlCode == "SELECT nothing FROM transactions")
    #expect(sidebar.queries.map(\.code) == [sql, "SELECT nothing FROM transactions"])
    #expect(sidebar.queries.map(\.rowCount) == [3, nil])
    #expect(sidebar.queries[0].description == "by region")
    #expect(sidebar.queries[0].result?["rows"]?[0] == ["region": "East", "n": 1])
    #expect(sidebar.queries.map { $0.error == nil } == [true, false])
    #expect(sidebar.queries[1].error?.contains("nothing") == true)
  }

  @Test func `result_df is the last query's rows, of the chat and not of another`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let (first, second) = (
      try await scratch.workspace.chats.create(about: dataset.id, title: nil),
      try await scratch.workspace.chats.create(about: dataset.id, title: nil)
    )
    _ = try await call("run_sql", ["sql": "SELECT 1 AS old"], in: first, of: scratch)
    _ = try await call("run_sql", ["sql": "SELECT id FROM transactions", "limit": 2], in: first, of: scratch)
    _ = try await call("run_sql", ["sql": "SELECT 7 AS other"], in: second, of: scratch)
    // A failure leaves the rows that there were.
    _ = try? await scratch.workspace.runSQL("SELECT x", on: dataset.id, for: DatasetWorkspace.Occasion())
    #expect(try await scratch.workspace.rows(of: context(first.id)) == [["id": 1], ["id": 2]])
    #expect(try await scratch.workspace.rows(of: context(second.id)) == [["other": 7]])
    #expect(try await scratch.workspace.rows(of: context(Identifier("elsewhere"))) == [])
    #expect(try await scratch.workspace.rowsOfLastQuery(for: nil, on: dataset.id) == [["other": 7]])
  }

  @Test func `df is the conversation's data set, its moments named as such`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let chat = try await scratch.workspace.chats.create(about: dataset.id, title: nil)
    let file = try #require(try await scratch.workspace.table(of: context(chat.id)))
    #expect(file.path == "\(scratch.folder.path)/\(dataset.id).db")
    #expect(file.form == .sqlite(table: "transactions"))
    #expect(file.dateColumns == ["paid_at"])
    #expect(await scratch.workspace.statistics(of: context(chat.id))?["row_count"] == 4)
    // Without a data set of its own, a conversation has the sample.
    let sample = try #require(try await scratch.workspace.table(of: context(Identifier("none"))))
    #expect(sample.path.hasSuffix("/sample-1.db") && sample.dateColumns == ["timestamp"])
  }

  @Test func `run_python is noted, and answers with statistics where there is no Python`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let chat = try await scratch.workspace.chats.create(about: dataset.id, title: nil)
    let answer = try await call("run_python", ["code": "results = 1"], in: chat, of: scratch)
    #expect(answer["statistics"]?["df"]?["row_count"] == 4)
    let sidebar = try #require(try await scratch.workspace.sidebar(of: dataset.id))
    #expect(sidebar.row.pythonCode == "results = 1")
    #expect(sidebar.pythonRuns.first?.result?["not_run"] != nil)
  }

  @Test func `write_code shows code and runs nothing`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let chat = try await scratch.workspace.chats.create(about: dataset.id, title: nil)
    let sql: JSONObject = ["code": "SELECT 1", "language": "sql", "description": "one"]
    #expect(try await call("write_code", sql, in: chat, of: scratch)["success"] == true)
    let python: JSONObject = ["code": "results = {}", "language": "python"]
    #expect(try await call("write_code", python, in: chat, of: scratch)["language"] == "python")
    let sidebar = try #require(try await scratch.workspace.sidebar(of: dataset.id))
    #expect(sidebar.row.sqlCode == "SELECT 1" && sidebar.row.pythonCode == "results = {}")
    #expect(sidebar.queries.isEmpty && sidebar.pythonRuns.isEmpty)
  }

  @Test func `a sidebar is there for every data set, and for the sample once something ran on it`()
    async throws
  {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    #expect(try await scratch.workspace.sidebar(of: dataset.id)?.row.id == dataset.id.text)
    let other = Identifier<Dataset>("test-session")
    #expect(try await scratch.workspace.sidebar(of: other) == nil)
    _ = try await scratch.workspace.runSQL("SELECT 1", on: other)
    #expect(try await scratch.workspace.sidebar(of: other)?.filename == "sample_transactions.csv")
  }

  @Test func `S000-35 after a restart a new chat of the same data set recalls an earlier finding`()
    async throws
  {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let chats = scratch.workspace.chats
    let before = try await chats.create(about: dataset.id, title: "before")
    let insight: JSONObject = [
      "insight": ["query": "Where do people pay?", "finding": "The north leads with 2 of 4"]
    ]
    #expect(try await call("write_context", insight, in: before, of: scratch)["success"] == true)
    _ = try await chats.add(role: "user", content: "Where do people pay?", to: before.id)

    let again = try DatasetService(folder: scratch.folder.path, store: scratch.store, log: .silent)
    defer { again.close() }
    try await again.recover()
    let workspace = try ScratchService.workspace(again, "\(scratch.hub.path)/python")
    let after = try await workspace.chats.create(about: dataset.id, title: "after")
    let read = try #require(workspace.tools.first { $0.name == "read_context" })
    let answer = try JSON.parse(try await read.call([:], in: context(after.id)).parts.text)
    #expect(answer["insights"]?[0]?["finding"] == "The north leads with 2 of 4")
    #expect(answer["insights"]?[0]?["timestamp"]?.string != nil)
    #expect(answer["context"]?.string?.contains("- user: Where do people pay?") == true)
    #expect(answer["context"]?.string?.contains("File: data.csv\nRows: 4\nColumns: 6") == true)
    let narrow = try await read.call(["query_type": "NORTH"], in: context(after.id)).parts.text
    #expect(try JSON.parse(narrow)["insights"]?.array?.count == 1)
    let none = try await read.call(["query_type": "south"], in: context(after.id)).parts.text
    #expect(try JSON.parse(none)["insights"] == [])
    #expect(try await again.profile(for: dataset.id)["accumulated_insights"]?.array?.count == 1)
  }

  @Test func `what a data set is about has every member, and no markup`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let answer: JSON = [
      "purpose": "payments <b>", "key_entities": ["region", ["name": "x"]], "use_cases": "one", "other": 1,
      "context_summary": "<script>alert('x') & \"y\"</script>", "key_insights": nil,
    ]
    let stored = try await scratch.workspace.storeContextInsights(answer, of: dataset.id)
    #expect(try await scratch.workspace.contextInsights(of: dataset.id) == stored)
    #expect(
      stored.object?.names == [
        "dataset_name", "purpose", "domain", "key_entities", "use_cases", "audience", "business_value",
        "data_health", "key_insights", "recommended_analyses", "context_summary",
      ])
    #expect(stored["dataset_name"] == "data.csv" && stored["domain"] == "")
    #expect(stored["key_entities"] == ["region", #"{"name":"x"}"#] && stored["use_cases"] == ["one"])
    #expect(stored["key_insights"] == [] && stored["recommended_analyses"] == [])
    #expect(
      stored["context_summary"] == "&lt;script&gt;alert(&#39;x&#39;) &amp; &quot;y&quot;&lt;/script&gt;")
    #expect(try await scratch.workspace.sidebar(of: dataset.id)?.row.contextAnalysis == stored)
    for odd: JSON in [nil, "text", 5, []] {
      #expect(try await scratch.workspace.storeContextInsights(odd, of: dataset.id)["key_insights"] == [])
    }
  }
}
