import Basics
import Datasets
import TestKit
import Testing

@testable import FieldService

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct SampleCompanyTests {
  private static let companies = ["co-2", "co-1", "", "Ärzte & Söhne GmbH", "acme"]

  @Test(arguments: companies)
  func `S004-18 ten active technicians`(company: String) async throws {
    let scratch = try ScratchCompanies()
    #expect(try await scratch.value("SELECT count(*) FROM technicians WHERE active", of: company) == 10)
    #expect(
      try await scratch.value("SELECT count(*) FROM technicians WHERE active = true", of: company) == 10)
    let distinct = try await scratch.value("SELECT count(DISTINCT email) FROM technicians", of: company)
    #expect(distinct == 10)
  }

  @Test(arguments: companies)
  func `S004-19 the tables have the rows and columns of the contract, and jobs are in progress`(
    company: String
  ) async throws {
    let scratch = try ScratchCompanies()
    let counts = [
      ("technicians", 10), ("jobs", 50), ("work_logs", 200), ("expenses", 100), ("schedule_rules", 10),
    ]
    for (table, count) in counts {
      #expect(try await scratch.value("SELECT count(*) FROM \(table)", of: company) == .integer(Int64(count)))
    }
    let first = try await scratch.service.query("SELECT * FROM jobs LIMIT 1", company: company)
    #expect(
      first.columns == [
        "id", "customer_id", "customer_name", "site_location", "description", "scheduled_start",
        "scheduled_end", "required_skills", "status", "budget", "created_at",
      ])
    #expect(first.rows.first?.first == "job_0001")
    let answer = try await scratch.value(
      "SELECT count(*) FROM jobs WHERE status = 'in_progress'", of: company)
    let rows = SampleCompany.workbook(of: company).sheets[1].rows
    #expect(answer == .integer(Int64(rows.count { $0[8] == "in_progress" })))
    #expect((answer.integer ?? 0) >= 6)
  }

  @Test(arguments: companies)
  func `dates and amounts make sense on the day of the data`(company: String) async throws {
    let scratch = try ScratchCompanies()
    let today = SampleCompany.today
    let nonsense = [
      "SELECT count(*) FROM jobs WHERE scheduled_end < scheduled_start",
      "SELECT count(*) FROM jobs WHERE created_at > scheduled_start",
      "SELECT count(*) FROM jobs WHERE status = 'pending' AND date(scheduled_start) <= '\(today)'",
      "SELECT count(*) FROM jobs WHERE status IN ('completed', 'in_progress') AND date(scheduled_start) > '\(today)'",
      "SELECT count(*) FROM jobs WHERE status = 'completed' AND date(scheduled_end) > '\(today)'",
      "SELECT count(*) FROM jobs WHERE strftime('%w', scheduled_start) IN ('0', '6')",
      "SELECT count(*) FROM work_logs JOIN jobs ON jobs.id = job_id WHERE date < date(scheduled_start)",
      "SELECT count(*) FROM work_logs WHERE date > '\(today)' OR hours_logged NOT BETWEEN 0.5 AND 8",
      "SELECT count(*) FROM expenses WHERE submitted_date > '\(today)' OR amount <= 0",
      "SELECT count(*) FROM expenses JOIN jobs ON jobs.id = job_id WHERE jobs.status IN ('pending', 'cancelled')",
      "SELECT count(*) FROM technicians WHERE max_weekly_hours <> CASE contract_type WHEN 'full_time' THEN 40 "
        + "WHEN 'part_time' THEN 20 ELSE 50 END",
    ]
    for sql in nonsense { #expect(try await scratch.value(sql, of: company) == 0, "\(sql)") }
    let statuses = try await scratch.value("SELECT count(DISTINCT status) FROM jobs", of: company)
    #expect(statuses == 4)
    #expect(try await scratch.value("SELECT count(DISTINCT type) FROM expenses", of: company) == 6)
    let severities = try await scratch.value(
      "SELECT count(DISTINCT severity) FROM schedule_rules", of: company)
    #expect(severities == 3)
  }

  @Test func `the same company always gets the same rows, to the byte`() {
    #expect(SampleCompany.workbook(of: "co-2") == SampleCompany.workbook(of: "co-2"))
    let text = SampleCompany.workbook(of: "co-2").sheets.map { sheet in
      sheet.rows.map { JSON.array($0).text }.joined(separator: "\n")
    }.joined(separator: "\n")
    #expect(
      CRC32.checksum(Array(text.utf8).span) == 138_539_821,
      "Companies that exist keep their old rows: is that meant?")
  }

  @Test func `S004-26 two companies have disjoint rows`() {
    let books = Self.companies.map { SampleCompany.workbook(of: $0) }
    for table in 0..<4 {
      var seen: Set<String> = []
      var count = 0
      for book in books {
        let rows = book.sheets[table].rows.map { JSON.array($0).text }
        seen.formUnion(rows)
        count += rows.count
      }
      #expect(seen.count == count)
    }
  }
}
