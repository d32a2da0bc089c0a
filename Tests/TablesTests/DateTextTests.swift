import Basics
import Tables
import Testing

struct DateTextTests {
  private func iso(_ text: String, _ order: DateText.Order = .monthFirst) -> String? {
    DateText(text.utf8Span.span)?.milliseconds(order).map { Timestamp(milliseconds: $0).iso8601 }
  }

  @Test(arguments: [
    ("2024-03-04", "2024-03-04T00:00:00.000Z"), ("2024/3/4", "2024-03-04T00:00:00.000Z"),
    ("2024.03.04", "2024-03-04T00:00:00.000Z"), ("2024-03-04 15:16", "2024-03-04T15:16:00.000Z"),
    ("2024-03-04T15:16:17Z", "2024-03-04T15:16:17.000Z"),
    ("2024-03-04T15:16:17.5", "2024-03-04T15:16:17.500Z"),
    ("2024-03-04 15:16:17,123456", "2024-03-04T15:16:17.123Z"),
    ("2024-03-04T15:16:17+02:00", "2024-03-04T13:16:17.000Z"),
    ("2024-03-04T15:16:17-0530", "2024-03-04T20:46:17.000Z"),
    ("2024-03-04 15:16:17 UTC", "2024-03-04T15:16:17.000Z"),
    ("3/4/2024", "2024-03-04T00:00:00.000Z"), ("03/04/24", "2024-03-04T00:00:00.000Z"),
    ("3/4/2024 3:16 PM", "2024-03-04T15:16:00.000Z"), ("3/4/2024 12:05:09 am", "2024-03-04T00:05:09.000Z"),
    ("04-Mar-2024", "2024-03-04T00:00:00.000Z"), ("4 March 2024", "2024-03-04T00:00:00.000Z"),
    ("04-mar-24", "2024-03-04T00:00:00.000Z"), ("Mar 4, 2024", "2024-03-04T00:00:00.000Z"),
    ("September 30, 1999 23:59", "1999-09-30T23:59:00.000Z"), ("May 5 2024", "2024-05-05T00:00:00.000Z"),
    ("12/31/69", "1969-12-31T00:00:00.000Z"), ("2024-02-29", "2024-02-29T00:00:00.000Z"),
  ])
  func `dates are read as people write them`(text: String, expected: String) {
    #expect(iso(text) == expected)
  }

  @Test func `the order decides between day and month`() {
    #expect(iso("03/04/2024", .dayFirst) == "2024-04-03T00:00:00.000Z")
    #expect(iso("31/12/2024", .dayFirst) == "2024-12-31T00:00:00.000Z")
    #expect(iso("31/12/2024", .monthFirst) == nil)
    #expect(iso("2024-03-04", .dayFirst) == "2024-03-04T00:00:00.000Z")
  }

  @Test(arguments: [
    "2023-02-29", "2024-13-01", "2024-00-10", "2024-1-32", "0000-01-01", "13:45", "2024", "2024-05",
    "2024-05-",
    "2024-05-06x", "2024-05-06 25:00", "2024-05-06 12:60", "2024-05-06 1:2:3", "1.2.10", "10.0.0.1",
    "32/13/2024",
    "3/4/20245", "3/4/024", "Marx 4, 2024", "4 Foo 2024", "12-34", "1/2", "2024-05-06T",
    "2024-05-06 13:00 PM",
    "2024-05-06 12:00 +99:00", "2024/05-06", "aa/bb/cccc", "2024-05-06 12:00:00.", "--------",
  ])
  func `what is no date is none`(text: String) { #expect(DateText(text.utf8Span.span) == nil) }

  @Test(arguments: [
    (["01/02/2024", "01/13/2024"], "2024-01-02"), (["01/02/2024", "13/01/2024"], "2024-02-01"),
    (["01/02/2024"], "2024-01-02"), (["01.02.2024"], "2024-02-01"), (["01-02-2024"], "2024-02-01"),
  ])
  func `a whole column decides on the order`(values: [String], first: String) {
    var tally = ColumnTally()
    for value in values { tally.note(value.utf8Span.span) }
    let format = tally.format(delimiter: UInt8(ascii: ","))
    guard case .moment(let moment) = format.value(of: values[0].utf8Span.span) else {
      Issue.record("\(values) are no dates")
      return
    }
    #expect(
      String(decoding: DateText.text(moment, hasTime: false, hasFraction: false), as: UTF8.self) == first)
  }

  @Test func `moments are kept as SQL's date functions want them`() {
    let moment: Int64 = 1_709_565_377_500
    func text(_ hasTime: Bool, _ hasFraction: Bool) -> String {
      String(decoding: DateText.text(moment, hasTime: hasTime, hasFraction: hasFraction), as: UTF8.self)
    }
    #expect(text(false, false) == "2024-03-04")
    #expect(text(true, false) == "2024-03-04 15:16:17")
    #expect(text(true, true) == "2024-03-04 15:16:17.500")
  }
}
