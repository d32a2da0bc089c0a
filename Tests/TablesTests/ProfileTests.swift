import Basics
import Tables
import TestKit
import Testing

struct ProfileTests {
  private func profile(_ text: String) throws -> JSON { try Profiler.profile(of: table(of: text)).json }

  /// Whether everything that is expected is there; what pandas was not asked about does not matter.
  private func expectContained(_ expected: JSON, in actual: JSON?, at path: String) {
    switch (expected, actual) {
    case (.object(let object), let actual?):
      for member in object.members {
        expectContained(member.value, in: actual.object?[member.name], at: "\(path).\(member.name)")
      }
    case (.array(let left), .array(let right)?):
      #expect(left.count == right.count, "\(path)")
      for (index, pair) in zip(left, right).enumerated() {
        expectContained(pair.0, in: pair.1, at: "\(path)[\(index)]")
      }
    case (.null, let actual): #expect(actual?.isNull ?? true, "\(path)")
    default:
      if let left = expected.number, let right = actual?.number {
        #expect(abs(left - right) <= 1.01e-4 + abs(left) * 1e-9, "\(path): \(right) instead of \(left)")
      } else {
        #expect(actual == expected, "\(path)")
      }
    }
  }

  @Test func `a table with dirt has the profile that pandas computes`() throws {
    let text = try #require(Repository.text(of: "Tests/Corpus/tables/payments.csv"))
    let golden = try #require(Repository.text(of: "Tests/Corpus/tables/payments.json"))
    let expected = try JSON.parse(Array(golden.utf8))
    let actual = try profile(text)
    for name in [
      "row_count", "col_count", "columns", "baselines", "correlations", "health", "outlier_summary",
      "segment_breakdown",
    ] {
      expectContained(expected[name] ?? .null, in: actual[name], at: name)
    }
    let missing = actual["missing_summary"]
    expectContained(
      expected["missing_summary"]?["affected_rows"] ?? .null, in: missing?["affected_rows"],
      at: "affected rows")
    for pair in missing?["co_missing_pairs"]?.array ?? [] {
      let name = "\(pair["col_a"]?.string ?? "")+\(pair["col_b"]?.string ?? "")"
      #expect(expected["missing_summary"]?["co_missing"]?[name] == pair["co_missing_count"])
    }
    #expect(missing?["co_missing_pairs"]?.array?.count == 5)
    let times = actual["datetime_info"]
    for (name, member) in [
      ("hours", "hour_distribution"), ("days", "day_distribution"), ("months", "month_distribution"),
    ] {
      expectContained(expected[name] ?? .null, in: times?[member], at: member)
      #expect(expected[name]?.object?.members.count == times?[member]?.object?.members.count)
    }
  }

  @Test func `every member of the contract is there`() throws {
    let profile = try profile("id,amount,at,kind\n1,2.5,2024-01-01,a\n2,3.5,2024-01-02,b\n")
    #expect(
      profile.object?.names == [
        "row_count", "col_count", "columns", "baselines", "health", "correlations", "datetime_info",
        "detected_patterns", "suggested_queries", "missing_summary", "outlier_summary", "segment_breakdown",
        "accumulated_insights",
      ])
  }

  @Test(arguments: [
    ("status", false, 4, ColumnRole.targetMetric), ("payment_status_code", false, 99, .targetMetric),
    ("customerId", false, 51, .identifier), ("customerId", false, 50, .dimension),
    ("state", false, 9, .dimension),
    ("customer_regions", false, 9, .dimension), ("created_at", false, 99, .temporal),
    ("Timestamp", true, 99, .temporal),
    ("total_amount", true, 99, .financialMetric), ("QTY", true, 99, .countMetric),
    ("weight", true, 99, .measure),
    ("amount", false, 2, .binaryFlag), ("is_fraud", false, 2, .binaryFlag),
    ("merchant", false, 30, .dimension),
    ("latitude", true, 99, .measure), ("Unit Price", true, 99, .financialMetric),
    ("update", false, 3, .dimension),
  ])
  func `roles go by the words of a name`(name: String, isNumeric: Bool, distinct: Int, role: ColumnRole) {
    #expect(ColumnRole(name: name, isNumeric: isNumeric, distinctCount: distinct) == role)
  }

  @Test func `integers of few values are categories`() throws {
    let few = "n\n" + (0..<100).map { "\($0 % 15)" }.joined(separator: "\n")
    let many = "n\n" + (0..<100).map { "\($0 % 16)" }.joined(separator: "\n")
    #expect(try profile(few)["columns"]?[0]?["type"] == "categorical_numeric")
    #expect(try profile(many)["columns"]?[0]?["type"] == "numeric")
  }

  @Test(arguments: ["a,b\n", "a\n\n\n", "a,b\n,\n,\n", "a\n1\n", "a,a\nx,\n", "t\n2024-01-01\n", "f\ntrue\n"])
  func `tables with next to nothing have a profile`(text: String) throws {
    let profile = try profile(text)
    #expect(profile["health"]?["grade"]?.string != nil)
    #expect(try JSON.parse(profile.bytes) == profile)
  }

  @Test func `what stands out is said`() throws {
    var text = "status,amount,double,gaps\n"
    for row in 0..<60 {
      text += "\(row % 4 == 0 ? "failed" : "completed"),\(row),\(row * 2).5,\(row % 2 == 0 ? "" : "x")\n"
    }
    let profile = try profile(text)
    let patterns = profile["detected_patterns"]?.array?.compactMap(\.string) ?? []
    #expect(patterns.contains("By status, 25.0% failed and 75.0% succeeded."))
    #expect(patterns.contains { $0.hasPrefix("amount and double go up together") })
    #expect(patterns.contains("gaps lacks 50.0% of its values."))
    #expect(
      profile["suggested_queries"]?.array?.count == 6 || profile["suggested_queries"]?.array?.isEmpty == false
    )
  }

  @Test func `sections are chosen by name`() throws {
    let profile = try profile("a,b\n1,2\n")
    #expect(ProfileSection.select([], of: profile) == profile)
    #expect(
      ProfileSection.select(["patterns"], of: profile).object?.names == [
        "row_count", "col_count", "detected_patterns",
      ])
    #expect(ProfileSection.select(["nonsense"], of: profile) == profile)
  }

  @Test func `texts get the same number again, and another for another`() {
    var dictionary = TextDictionary()
    var dice = SeededGenerator(seed: 3)
    var known: [String: Int32] = [:]
    for _ in 0..<5000 {
      let text = "t\(Int.random(in: 0..<1500, using: &dice))"
      let code = dictionary.code(text.utf8Span.span)
      #expect(known[text] == nil || known[text] == code)
      known[text] = code
      #expect(dictionary[Int(code)] == text)
    }
    #expect(dictionary.count == known.count)
    #expect(dictionary.code("".utf8Span.span) == Int32(known.count))
  }

  @Test func `a wide table of gaps is profiled in little time`() {
    let columns = (0..<600).map { index in
      var column = ColumnVector(name: "c\(index)", type: .integer, capacity: 3000)
      for row in 0..<3000 { if row == index { column.append(integer: 1) } else { column.appendMissing() } }
      return column
    }
    var pairs: JSON?
    #expect(
      TimeLimit.isMet(.seconds(6)) {
        let start = ContinuousClock.now
        pairs =
          Profiler.profile(of: ColumnTable(rowCount: 3000, columns: columns)).json["missing_summary"]?[
            "co_missing_pairs"]
        return ContinuousClock.now - start
      })
    #expect(pairs?.array?.count == 5)
    #expect(pairs?[0] == ["col_a": "c0", "col_b": "c1", "co_missing_count": 2998])
  }
}
