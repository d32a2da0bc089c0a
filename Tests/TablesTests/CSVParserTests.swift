import Tables
import TestKit
import Testing

struct CSVParserTests {
  static let files: [(String, [[String]])] = [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
    ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
    ("a\n\n\n\r\n  \n1\n\n\n", [["a"], ["1"]]),
    ("a,\n,b\n,,\n", [["a", ""], ["", "b"], ["", "", ""]]),
    ("\"a,b\",\"c\"\n", [["a,b", "c"]]),
    ("\"line one\nline two\r\nthree\",x\n", [["line one\nline two\r\nthree", "x"]]),
    ("\"say \"\"hi\"\"\",\"\"\"\",\"\"\n", [["say \"hi\"", "\"", ""]]),
    ("5\" pipe,a\"b\n", [["5\" pipe", "a\"b"]]),
    ("\"a\"b,\"a \"quoted\" word\"\n", [["ab", "a quoted\" word\""]]),
    ("  a  , b c ,\t d\t\n", [["a", "b c", "d"]]),
    ("\"  a  \" , \" b\"  \n", [["  a  ", " b"]]),
    ("\"never closed,1\n2,3\n", [["never closed,1\n2,3\n"]]),
    ("\"closed at the end\"", [["closed at the end"]]),
    ("\"\"\n", [[""]]),
    ("é,日本,🦙\n", [["é", "日本", "🦙"]]),
    ("", []), ("\n\n", []), (",", [["", ""]]), ("a", [["a"]]), ("a\r", [["a"]]), ("\r\na", [["a"]]),
  ]

  @Test(arguments: files)
  func `rows come out the same however the file is cut`(text: String, expected: [[String]]) throws {
    for pieces in everySplit(of: text) { #expect(try rows(pieces) == expected) }
  }

  @Test func `blanks of a tab-separated file are only spaces`() throws {
    #expect(try rows("a\t\tb \t c\n", delimiter: "\t") == [["a", "", "b", "c"]])
  }

  @Test func `a row knows its line`() throws {
    var parser = CSVParser(delimiter: UInt8(ascii: ","))
    var lines: [Int] = []
    let text = Array("a\n\"b\nb\",1\r\n\r\nc\rd\n".utf8)
    try parser.read(text.span) { lines.append($0.line) }
    #expect(lines == [1, 2, 5, 6])
  }

  @Test func `a quotation mark that is never closed does not eat the memory`() {
    var limits = CSVLimits()
    limits.fieldBytes = 100
    limits.rowBytes = 150
    limits.columns = 20
    let long = String(repeating: "x", count: 101)
    #expect(throws: TableError.fieldTooLong(line: 2, limit: 100)) {
      try rows("a\n\"\(long)\nb", limits: limits)
    }
    #expect(throws: TableError.fieldTooLong(line: 1, limit: 100)) { try rows(long, limits: limits) }
    let wide = String(repeating: "123456789,", count: 17)
    #expect(throws: TableError.rowTooLong(line: 1, limit: 150)) { try rows(wide, limits: limits) }
    let narrow = String(repeating: ",", count: 30)
    #expect(throws: TableError.tooManyColumns(line: 3, limit: 20)) {
      try rows("\n\n\(narrow)", limits: limits)
    }
  }

  @Test func `damaged files never trap, and give the same in one piece and in many`() throws {
    var dice = SeededGenerator(seed: 11)
    let alphabet = Array("a1,;\"\"\r\n \t.é\0".utf8) + [0xFF, 0x80]
    for _ in 0..<400 {
      let bytes = (0..<Int.random(in: 0...60, using: &dice)).map { _ in
        alphabet.randomElement(using: &dice) ?? 0
      }
      let whole = try rows([bytes])
      #expect(try rows(bytes.map { [$0] }) == whole)
      let cut = Int.random(in: 0...bytes.count, using: &dice)
      #expect(try rows([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
    }
  }
}
