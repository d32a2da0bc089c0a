import Basics
import Datasets
import Glibc
import Model
import Storage
import TestKit
import Testing
import Tools

struct DatasetServiceTests {
  // S001-17 and S001-19, below their routes.
  @Test func `a data set goes from upload to ready, and is there after a restart`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments, name: "payments.csv")
    #expect(try await scratch.service.get(dataset.id)?.status == .exploring)
    #expect(try await scratch.service.knownProfile(dataset.id) == nil)
    let profile = try await scratch.service.explore(dataset.id)
    #expect(profile["row_count"] == 4)
    #expect(try await scratch.service.get(dataset.id)?.status == .ready)
    #expect(try await scratch.service.explore(dataset.id) == profile)
    let again = try DatasetService(folder: scratch.folder.path, store: scratch.store, log: .silent)
    defer { again.close() }
    try await again.recover()
    #expect(try await again.query(dataset.id, sql: "SELECT count(*) AS n FROM transactions").rows == [[4]])
    #expect(try await again.knownProfile(dataset.id) == profile)
  }

  @Test func `insights are kept, and shown with the profile`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    #expect(try await scratch.service.addInsight(["finding": "north leads"], to: dataset.id) == 1)
    #expect(try await scratch.service.addInsight(["finding": "south lags"], to: dataset.id) == 2)
    let insights = try await scratch.service.profile(for: dataset.id)["accumulated_insights"]?.array
    #expect(insights?.map { $0["finding"] } == ["north leads", "south lags"])
    // The moment is filled in unless it is given.
    #expect(insights?.first?["timestamp"]?.string?.hasSuffix("Z") == true)
    let given: JSON = ["finding": "old", "timestamp": "2020-01-01T00:00:00.000Z"]
    try await scratch.service.addInsight(given, to: dataset.id)
    #expect(try await scratch.service.knownProfile(dataset.id)?["accumulated_insights"]?[2] == given)
    #expect(try await scratch.service.addInsight(["finding": "x"], to: Identifier("test-session")) == 1)
  }

  @Test func `a data set that is deleted is gone with its file`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    try await scratch.service.delete(dataset.id)
    #expect(scratch.files == [])
    #expect(try await scratch.service.get(dataset.id) == nil)
    await #expect(throws: DatasetError.notFound(dataset.id.text)) {
      try await scratch.service.delete(dataset.id)
    }
    await #expect(throws: DatasetError.notFound(dataset.id.text)) {
      try await scratch.service.explore(dataset.id)
    }
    // The sample would be a lie here.
    #expect(await scratch.refusal(dataset, "SELECT 1") == .notFound(dataset.id.text))
    await #expect(throws: DatasetError.notFound(dataset.id.text)) {
      try await scratch.service.profile(for: dataset.id)
    }
  }

  @Test func `another tenant's data set is none`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    #expect(try await scratch.service.get(dataset.id, tenant: "other") == nil)
    await #expect(throws: DatasetError.self) { try await scratch.service.delete(dataset.id, tenant: "other") }
    let rows = try await scratch.service.query(
      dataset.id, sql: "SELECT count(*) FROM transactions", tenant: "other"
    ).rows
    #expect(rows == [[.integer(Int64(SampleDataset.rowCount))]])
  }

  @Test func `closing does not wait for imports and questions that take long`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let upload = try scratch.service.upload(filename: "large.csv")
    let line = String(repeating: "1.5,north,2024-01-01,", count: 30) + "x\n"
    for _ in 0..<60 { try upload.append(Array(String(repeating: line, count: 1000).utf8)) }
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    let service = scratch.service
    async let import_ = { () async -> DatasetError? in
      do { _ = try await service.finish(upload) } catch { return error as? DatasetError }
      return nil
    }()
    async let question = scratch.refusal(dataset, endless)
    try await Task.sleep(for: .milliseconds(50))
    let start = ContinuousClock.now
    await withCheckedContinuation { done in
      startThread {
        service.close()
        done.resume()
      }
    }
    #expect(ContinuousClock.now - start < TimeLimit.patience(.seconds(1)))
    #expect(await import_ == .closed)
    #expect(await question == .closed)
    #expect(scratch.files == ["\(dataset.id).db"])
  }

  @Test func `what a crash left half is cleared away`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let half = Identifier<Dataset>("half")
    try await scratch.store.write { _ = try $0.datasets.create(half, filename: "half.csv") }
    for name in ["half.csv", "half.db.part", "orphan.db", "half.db"] {
      let file = open("\(scratch.folder.path)/\(name)", O_CREAT | O_WRONLY, 0o600)
      close(file)
    }
    try await scratch.service.recover()
    #expect(scratch.files == ["\(dataset.id).db"])
    #expect(try await scratch.service.get(half) == nil)
    #expect(try await scratch.ask(dataset, "SELECT count(*) AS n FROM transactions") == #"[{"n":4}]"#)
  }

  @Test func `a file that vanished is told`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    unlink("\(scratch.folder.path)/\(dataset.id).db")
    #expect(await scratch.refusal(dataset, "SELECT 1") == .fileMissing(dataset.id.text))
    await #expect(throws: DatasetError.fileMissing(dataset.id.text)) {
      try await scratch.service.explore(dataset.id)
    }
  }

  @Test func `a file can only be read by its owner, and ids cannot leave the folder`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    var status = stat()
    #expect(stat("\(scratch.folder.path)/\(dataset.id).db", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    let path = try await scratch.service.databasePath(Identifier("../../etc/passwd"))
    #expect(path == "\(scratch.folder.path)/sample-1.db")
  }

  @Test func `a closed service says so`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    scratch.service.close()
    #expect(await scratch.refusal(dataset, "SELECT 1") == .closed)
  }

  @Test func `the sample cannot be removed`() async throws {
    let scratch = try ScratchService()
    _ = try await scratch.service.profile(for: Identifier("x"))
    await #expect(throws: DatasetError.self) { try await scratch.service.delete(SampleDataset.id) }
    #expect(scratch.files == ["sample-1.db"])
  }

  @Test func `S001-02 statistics answer where no Python is at hand`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(
      "n,m,g\n" + (0..<20).map { "\($0 == 7 ? 99 : $0),\($0 * 3),\($0 < 10 ? "a" : "b")\n" }.joined())
    let report = try await scratch.service.statistics(of: dataset.id)
    #expect(report["metrics"]?["n"]?["outliers"]?["values"]?[0]?["row"] == 7)
    #expect(report["metrics"]?["m"]?["trend"]?["slope_per_row"]?.number == 3)
    #expect(report["t_tests"]?.array?.count == 2)
    #expect(report["t_tests"]?[1]?["significant"] == true)
    let one = try await scratch.service.statistics(of: dataset.id, columns: ["m"])
    #expect(one["metrics"]?.object?.names == ["m"])
  }
}

struct SampleDatasetTests {
  // S000-18 and S000-24, below their routes: the tool's mean is the file's.
  @Test func `the sample is true to the figures that were made up for it`() async throws {
    let scratch = try ScratchService()
    let id = Identifier<Dataset>("test-session")
    let answer = try await scratch.service.query(
      id,
      sql: """
        SELECT count(*) AS n, round(avg(amount), 2) AS mean, round(100.0 * sum(status = 'failed') / count(*), 2) AS failed, min(amount) > 0 AS ok,
        count(DISTINCT transaction_id) AS ids FROM transactions
        """)
    #expect(answer.rows == [[10_000, 125.5, 4.2, 1, 10_000]])
    let profile = try await scratch.service.profile(for: id)
    #expect(
      profile["columns"]?.array?.compactMap { $0["name"]?.string } == [
        "transaction_id", "amount", "category", "state", "timestamp", "status",
      ])
    #expect(profile["baselines"]?["status__failure_rate"]?.number == 4.2)
    #expect(profile["baselines"]?["amount"]?["mean"]?.number == 125.5)
    #expect((12...17).contains(profile["datetime_info"]?["peak_hour"]?.integer ?? 0))
    #expect(profile["segment_breakdown"]?[0]?["data"]?[0]?["category"] == "Electronics")
    #expect(try await scratch.service.get(id) == nil)
    #expect(try await scratch.service.get(SampleDataset.id)?.status == .ready)
  }

  @Test func `the sample is the same to the byte`() {
    let csv = SampleDataset.csv()
    #expect(csv == SampleDataset.csv())
    #expect(csv.count(where: { $0 == 10 }) == SampleDataset.rowCount + 1)
    #expect(Hexadecimal.text(SHA256.digest(csv).prefix(8)) == "0a6fa6362507e8aa")
  }

  @Test func `many who ask for it at once make it once`() async throws {
    let scratch = try ScratchService()
    try await withThrowingTaskGroup(of: JSON.self) { group in
      for turn in 0..<8 {
        group.addTask {
          try await scratch.service.query(Identifier("s\(turn)"), sql: "SELECT sum(amount) FROM transactions")
            .json
        }
      }
      for try await answer in group {
        #expect(answer["rows"]?[0]?["sum(amount)"]?.number.map { ($0 * 100).rounded() } == 125_500_000)
      }
    }
    #expect(scratch.files == ["sample-1.db"])
  }
}

struct DatasetToolTests {
  private func context(_ conversation: Identifier<Conversation> = Identifier("c"), settings: JSONObject = [:])
    -> ToolContext
  {
    ToolContext(
      run: Identifier("r"), conversation: conversation, agent: AgentReference(id: Identifier("a"), name: "A"),
      call: 1,
      settings: settings)
  }

  private func json(_ answer: ToolAnswer) throws -> JSON { try JSON.parse(answer.parts.text) }

  @Test func `tools work on the conversation's data set, and a model cannot name another`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let conversation = try await scratch.store.write { transaction in
      let conversation = try transaction.conversations.create()
      try transaction.datasets.link(conversation.id, to: dataset.id)
      return conversation.id
    }
    let scope = DatasetScope(scratch.service)
    let sql = RunSQLTool(scope, workspace: scratch.workspace)
    let answer = try await sql.call(
      ["sql": "SELECT count(*) AS n FROM transactions", "dataset": "x"], in: context(conversation))
    #expect(try json(answer)["rows"] == [["n": 4]])
    let limited = try await sql.call(
      ["sql": "SELECT id FROM transactions", "limit": 2], in: context(conversation))
    #expect(try json(limited)["truncated"] == true)
    let named = try await sql.call(
      ["sql": "SELECT count(*) AS n FROM transactions"],
      in: context(settings: ["dataset": .string(dataset.id.text)]))
    #expect(try json(named)["rows"] == [["n": 4]])
    await #expect(throws: DatasetError.dangerous(keyword: "DROP")) {
      try await sql.call(["sql": "DROP TABLE transactions"], in: context(conversation))
    }
  }

  @Test func `the profile is read whole or in parts`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let tool = ReadProfileTool(DatasetScope(scratch.service))
    let context = context(settings: ["dataset": .string(dataset.id.text)])
    #expect(try json(try await tool.call([:], in: context)).object?.members.count == 13)
    let part = try json(try await tool.call(["sections": ["columns"]], in: context))
    #expect(part.object?.names == ["row_count", "col_count", "columns"])
  }
}
