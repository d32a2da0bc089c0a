import Basics
import Database
import Datasets
import Glibc
import Model
import TestKit
import Testing
import Tools

@testable import FieldService

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct QueryFieldServiceTests {
  @Test func `S004-09 the tool asks the company of the run's parameters, whatever the agent's settings say`()
    async throws
  {
    let scratch = try ScratchCompanies()
    let tool = QueryFieldServiceTool(scratch.service)
    func emails(_ context: ToolContext) async throws -> JSON {
      let arguments: JSONObject = ["sql": "SELECT email FROM technicians ORDER BY id"]
      return try JSON.parse(try await tool.call(arguments, in: context).parts.text)
    }
    let own = try await emails(ScratchCompanies.context(company: "co-2"))
    #expect(own["row_count"] == 10)
    let settings: JSONObject = ["company": "co-9"]
    #expect(try await emails(ScratchCompanies.context(company: "co-2", settings: settings)) == own)
    let other = try await emails(ScratchCompanies.context(company: nil, settings: settings))
    #expect(other["row_count"] == 10 && other != own)
    await #expect(throws: FieldServiceError.companyMissing) {
      try await emails(ScratchCompanies.context(company: nil))
    }
    await #expect(throws: FieldServiceError.companyMissing) {
      try await emails(ScratchCompanies.context(company: ""))
    }
  }

  @Test func `S004-26 a company's database is its own file, whatever the id looks like`() async throws {
    let scratch = try ScratchCompanies()
    let long = String(repeating: "x", count: 200)
    let companies = [
      "a", "A", "a.db", "../a", "a/b", "a_2fb", "", " ", "default a", long, long + "1",
      "digest-" + String(repeating: "0", count: 64),
    ]
    var emails: Set<String> = []
    for company in companies {
      let email = try await scratch.value("SELECT email FROM technicians WHERE id = 'tech_001'", of: company)
      emails.insert(email.text)
    }
    #expect(emails.count == companies.count)
    #expect(scratch.folder.names.count == companies.count)
    #expect(scratch.folder.names.allSatisfy { $0.hasSuffix(".db") })
  }

  @Test(arguments: [
    "SELECT * FROM sqlite_schema", "SELECT * FROM transactions", "SELECT * FROM other.technicians",
    "SELECT load_extension('x')", "SELECT readfile('/etc/passwd')", "SELECT * FROM pragma_database_list",
    "SELECT * FROM dbstat",
  ])
  func `S004-26 a question cannot leave its tables`(sql: String) async throws {
    let scratch = try ScratchCompanies()
    await #expect(throws: FieldServiceError.self) { try await scratch.rows(sql) }
  }

  @Test(arguments: [
    "INSERT INTO jobs (id) VALUES ('x')", "UPDATE jobs SET status = 'completed'", "DELETE FROM jobs",
    "DROP TABLE jobs", "ALTER TABLE jobs ADD x", "CREATE TABLE x (y)", "TRUNCATE TABLE jobs",
    "SELECT 1; DROP TABLE jobs", "ATTACH 'x.db' AS x", "PRAGMA query_only = OFF", "",
    "WITH x AS (SELECT 1) DELETE FROM jobs",
  ])
  func `S004-19 nothing but one SELECT is taken, and the refusal says what to do`(sql: String) async throws {
    let scratch = try ScratchCompanies()
    do {
      _ = try await scratch.rows(sql)
      Issue.record("was taken")
    } catch let error as FieldServiceError {
      #expect(["query_denied", "query_invalid"].contains(error.code))
      #expect(error.hint?.contains("SELECT") == true)
    }
  }

  @Test(arguments: [
    "SELECT created_at FROM jobs", "SELECT created_at AS updated_on FROM jobs WHERE description <> 'drop it'",
    "SELECT replace(description, 'a', 'b') AS inserted FROM jobs",
    "SELECT value FROM technicians, json_each(skills)",
    "WITH late AS (SELECT id FROM jobs WHERE status = 'in_progress') SELECT count(*) FROM late",
  ])
  func `S004-19 columns like created_at are no forbidden words`(sql: String) async throws {
    #expect(try await !ScratchCompanies().rows(sql).isEmpty)
  }

  @Test func `at most 100 rows come, and the answer says that there are more`() async throws {
    let scratch = try ScratchCompanies()
    let result = try await scratch.service.query("SELECT * FROM work_logs", company: "co-2")
    #expect(result.rows.count == 100 && result.isTruncated)
    let expenses = try await scratch.service.query("SELECT * FROM expenses", company: "co-2")
    #expect(expenses.rows.count == 100 && !expenses.isTruncated)
  }

  @Test func `S004-19 an unknown column is answered with the tables there are`() async throws {
    let scratch = try ScratchCompanies()
    do {
      _ = try await scratch.rows("SELECT state FROM jobs")
      Issue.record("was taken")
    } catch let error as FieldServiceError {
      #expect(error.message.contains("state"))
      #expect(error.hint?.contains("jobs(id [job_0001 …], customer_id") == true)
    }
  }

  @Test func `an empty answer tells the model to look once more`() async throws {
    let scratch = try ScratchCompanies()
    let tool = QueryFieldServiceTool(scratch.service)
    func note(_ sql: String) async throws -> String? {
      let answer = try await tool.call(["sql": .string(sql)], in: ScratchCompanies.context())
      return try JSON.parse(answer.parts.text)["note"]?.string
    }
    #expect(try await note("SELECT id FROM jobs WHERE status = 'running'")?.contains("once") == true)
    #expect(try await note("SELECT id FROM jobs") == nil)
    withExtendedLifetime(scratch) {}
  }

  @Test func `an endless question ends`() async throws {
    var limits = QueryLimits()
    limits.seconds = 1
    let folder = ScratchFolder()
    let workbooks = try WorkbookService(folder: folder.path, limits: limits)
    defer { workbooks.close() }
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    await #expect(throws: FieldServiceError.question(.timeout(seconds: 1))) {
      try await FieldService(workbooks).query(endless, company: "co-2")
    }
  }

  @Test func `a file that stands there is asked as it is, and companies are bounded`() async throws {
    let scratch = try ScratchCompanies(mostCompanies: 2)
    _ = try await scratch.rows("SELECT 1 FROM jobs", of: "one")
    try WorkbookWriterProbe.copy(
      scratch.service.path(ofCompany: "one"), to: scratch.service.path(ofCompany: "two"))
    let email = "SELECT email FROM technicians WHERE id = 'tech_001'"
    #expect(try await scratch.value(email, of: "two") == scratch.value(email, of: "one"))
    await #expect(throws: FieldServiceError.question(.tooLarge(what: "workbooks", limit: 2))) {
      try await scratch.rows("SELECT 1 FROM jobs", of: "three")
    }
  }

  @Test func `many questions at once make a company once`() async throws {
    let scratch = try ScratchCompanies()
    try await withThrowingTaskGroup(of: JSON.self) { group in
      for _ in 0..<20 { group.addTask { try await scratch.value("SELECT count(*) FROM jobs", of: "new") } }
      for try await count in group { #expect(count == 50) }
    }
    #expect(scratch.folder.names == ["new.db"])
  }

  @Test func `models are told of the tables, and of the day`() async throws {
    let scratch = try ScratchCompanies()
    let definition = QueryFieldServiceTool(scratch.service).definition
    for part in ["technicians(", "jobs(", "work_logs(", "expenses(", "schedule_rules(", "2026-11-16"] {
      #expect(definition.description?.contains(part) == true)
    }
    let described = try JSON.parse(
      await DescribeFieldServiceTool().call([:], in: ScratchCompanies.context()).parts.text)
    #expect(described["tables"]?.array?.count == 5 && described["today"] == "2026-11-16")
    #expect(described["tables"]?[2]?["columns"]?[1]?["references"] == "technicians.id")
  }
}

/// A file in the place of a company's own.
enum WorkbookWriterProbe {
  static func copy(_ path: String, to target: String) throws {
    try #require(link(path, target) == 0)
  }
}
