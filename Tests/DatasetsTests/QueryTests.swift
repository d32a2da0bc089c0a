import Basics
import Datasets
import Model
import TestKit
import Testing

struct QueryTests {
  @Test(arguments: [
    ("SELECT median(n) AS m FROM transactions", "2.5"),
    ("SELECT median(n) AS m FROM transactions WHERE n > 9", "null"),
    ("SELECT round(stddev(n), 6) AS m FROM transactions", "1.290994"),
    ("SELECT round(stddev_pop(n), 6) AS m FROM transactions", "1.118034"),
    ("SELECT variance(n) AS m FROM transactions WHERE n = 1", "null"),
    ("SELECT round(var_samp(n), 6) AS m FROM transactions", "1.666667"),
    ("SELECT var_pop(n) AS m FROM transactions", "1.25"),
    ("SELECT percentile(n, 25) AS m FROM transactions", "1.75"),
    ("SELECT quantile_cont(n, 0.25) AS m FROM transactions", "1.75"),
    ("SELECT corr(n, n * 2) AS m FROM transactions", "1.0"),
    ("SELECT corr(n, 5) AS m FROM transactions", "null"),
    ("SELECT median(word) AS m FROM transactions", "null"),
    ("SELECT round(sqrt(avg(n)), 4) AS m FROM transactions", "1.5811"),
    ("SELECT sum(n) FILTER (WHERE n > 2) AS m FROM transactions", "7"),
    ("SELECT max(r) AS m FROM (SELECT row_number() OVER (ORDER BY n) AS r FROM transactions)", "4"),
    ("SELECT 9e999 AS m", "null"), ("SELECT x'00ff' AS m", "\"00ff\""),
    ("SELECT json_extract('[7]', '$[0]') AS m", "7"),
    ("SELECT sum(value) AS m FROM json_each('[1,2,3]')", "6"),
    ("SELECT max(flag) AS m FROM transactions", "1"),
  ])
  func `analysts' functions are there`(sql: String, value: String) async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add("n,word,flag\n1,a,true\n2,b,false\n3,c,true\n4,,\n")
    #expect(try await scratch.ask(dataset, sql) == #"[{"m":\#(value)}]"#)
  }

  @Test func `medians by group are each group's own`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add("g,n\na,1\nb,10\na,3\nb,30\na,8\n")
    #expect(
      try await scratch.ask(
        dataset, "SELECT g, median(n) AS m, stddev(n) IS NULL AS s FROM transactions GROUP BY g ORDER BY g")
        == #"[{"g":"a","m":3.0,"s":0},{"g":"b","m":20.0,"s":0}]"#)
  }

  @Test func `an answer has the members that callers know`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    let result = try await scratch.service.query(
      dataset.id,
      sql:
        "SELECT region, region, is_member, count(*) FROM transactions GROUP BY region, is_member ORDER BY 1 LIMIT 1"
    )
    #expect(
      result.json.text
        == #"{"columns":["region","region_2","is_member","count(*)"],"row_count":1,"truncated":false,"#
        + #""summary":"Query returned 1 rows, 4 columns","#
        + #""rows":[{"region":"East","region_2":"East","is_member":false,"count(*)":1}]}"#)
  }

  @Test func `an engine's complaint is told in its own words`() async throws {
    let scratch = try ScratchService()
    let dataset = try await scratch.add(payments)
    #expect(
      await scratch.refusal(dataset, "SELECT amout FROM transactions")?.message == "no such column: amout")
    #expect(
      await scratch.refusal(dataset, "SELECT * FROM sqlite_schema")?.message
        == "The query may not use the table sqlite_master")
    #expect(
      await scratch.refusal(dataset, "SELECT random()")?.message
        == "The query may not use the function random")
  }
}
