import Tables
import Testing

struct ColumnTypeTests {
  static let columns: [([String], ColumnType)] = [
    (["1", "-2", "+3", "0"], .integer),
    (["1", "", "NA", "null", "N/A", "NaN", "#N/A", "None", "\\N", "5"], .integer),
    (["1", "2.5"], .real), (["1e3", "-.5", "2."], .real), (["1", "2", "x"], .text),
    (["007", "042"], .text), (["1234567890123456789012"], .text), (["123456789012345678"], .integer),
    (["true", "FALSE", "True"], .boolean), (["yes", "no"], .text), (["0", "1"], .integer),
    (["true", "1"], .text), (["", "NA", "null"], .text), (["inf", "2.5", "-Infinity"], .real),
    (["2024-01-31", "2024-02-29"], .datetime), (["2023-02-29", "x", "y"], .text),
    (["2024-01-01", "2024-01-02", "2024-01-03", "soon"], .datetime),
    (["2024-01-01", "2024-01-02", "soon", "later"], .text),
    (["12/31/2024", "01/02/2024"], .datetime), (["31.12.2024", "1.2.2024"], .datetime),
    (["1.2.10", "1.2.11"], .text),
    (["10.0.0.1", "10.0.0.2"], .text), (["555-1234", "555-9876"], .text), (["$5", "$6"], .text),
    (["5%", "6%"], .text),
    (["--", "-"], .text), (["1-2", "3-4"], .text), (["0x1F", "0x2A"], .text), (["1e999", "2"], .text),
    (["1_000"], .text),
    (["1 000"], .text),
  ]

  @Test(arguments: columns)
  func `all values decide what a column is`(values: [String], type: ColumnType) throws {
    var tally = ColumnTally()
    for value in values { tally.note(value.utf8Span.span) }
    #expect(tally.format(delimiter: UInt8(ascii: ",")).type == type)
  }

  @Test func `the last value counts as much as the first`() throws {
    let numbers = (0..<5000).map { "\($0)" }.joined(separator: "\n")
    #expect(try types(of: "n\n\(numbers)\n") == [.integer])
    #expect(try types(of: "n\n\(numbers)\nunknown\n") == [.text])
    #expect(try types(of: "n\n\(numbers)\n0.5\n") == [.real])
  }

  static let sure: [(String, Character, Double)] = [
    ("1,234", ",", 1234.0), ("1,234,567.5", ";", 1_234_567.5), ("-12,345", ",", -12345), ("1,5", ";", 1.5),
    ("1.234,5", ";", 1234.5), ("1.234.567", ";", 1_234_567), ("0,25", "\t", 0.25), ("1,234.5", "\t", 1234.5),
  ]

  @Test(arguments: sure)
  func `groups and decimal commas are read where they are sure`(
    text: String, delimiter: Character, value: Double
  ) {
    var tally = ColumnTally()
    tally.note(text.utf8Span.span)
    let format = tally.format(delimiter: delimiter.asciiValue ?? 0)
    #expect(format.value(of: text.utf8Span.span) == .real(value))
  }

  static let doubtful: [([String], Character)] = [
    (["1,234", "5,678"], ";"), (["12,34,567"], ","), (["1,2345.5"], ","),
    (["1,234", "1.234,5", "1,234.5"], ";"),
    (["0,123,456"], ","), (["1.5", "1,5"], ";"),
  ]

  @Test(arguments: doubtful)
  func `doubtful groups stay text`(values: [String], delimiter: Character) {
    var tally = ColumnTally()
    for value in values { tally.note(value.utf8Span.span) }
    #expect(tally.format(delimiter: delimiter.asciiValue ?? 0).type == .text)
  }

  @Test(arguments: [
    "0", "1", "-1", "3.14", "0.1", "123456789.123456", "1e-7", "9007199254740993", "0.3333333333333333",
    "1.7976931348623157e308",
    "5e-324", "123456789012345.6", "-0.0001", "4.35", "0.000001", "99999999999999.9",
  ])
  func `numbers are read to the last bit`(text: String) {
    #expect(NumberText.real(text.utf8Span.span) == Double(text))
  }

  @Test func `random numbers are read to the last bit`() {
    var dice = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let value = Double.random(in: -1e6...1e6, using: &dice)
      for text in ["\(value)", "\((value * 100).rounded() / 100)", "\(Int(value))"] {
        #expect(NumberText.real(text.utf8Span.span) == Double(text), "\(text)")
      }
    }
  }

  @Test func `numbers that no double holds are none`() {
    #expect(NumberText.real("1e999".utf8Span.span) == nil)
    #expect(NumberText.real("".utf8Span.span) == nil)
    #expect(NumberText.real("-".utf8Span.span) == nil)
    #expect(NumberText.real(".".utf8Span.span) == nil)
    #expect(NumberText.integer("1.5".utf8Span.span) == nil)
    #expect(NumberText.integer("-".utf8Span.span) == nil)
  }
}
