import TestKit
import Testing
import Wire

struct LineParserTests {
  static let documents: [(String, [String])] = [
    ("{\"a\":1}\n{\"b\":2}\n", ["{\"a\":1}", "{\"b\":2}"]), ("1\r\n2\r\n", ["1", "2"]),
    ("\n\r\n  \n1", ["1"]), ("", []),
    ("a\rb\n", ["a\rb"]),
  ]

  @Test(arguments: documents)
  func `newline-delimited documents come out in every split`(text: String, expected: [String]) throws {
    for pieces in everySplit(of: text) {
      var parser = LineParser()
      var lines = try pieces.flatMap { try parser.receive($0) }
      if let last = parser.end() { lines.append(last) }
      #expect(lines.map { String(decoding: $0, as: UTF8.self) } == expected)
    }
  }

  static let streams: [(String, [String])] = [
    ("a\nb\r\nc\rd\n", ["a", "b", "c", "d"]), ("\n\n", ["", ""]), ("\r\r", ["", ""]), ("\r\n\r\n", ["", ""]),
    ("a\r\n\nb\n", ["a", "", "b"]), ("a\n\rb\n", ["a", "", "b"]),
  ]

  @Test(arguments: streams)
  func `all three line ends of event streams count once in every split`(text: String, expected: [String])
    throws
  {
    for pieces in everySplit(of: text) {
      var parser = LineParser(format: .eventStream)
      let lines = try pieces.flatMap { try parser.receive($0) }
      #expect(lines.map { String(decoding: $0, as: UTF8.self) } == expected)
    }
  }

  @Test func `a line may be as long as the limit and no longer`() throws {
    for pieces in everySplit(of: "12345\n12345\n") {
      var parser = LineParser(limit: 5)
      #expect(try pieces.flatMap { try parser.receive($0) }.count == 2)
    }
    for pieces in everySplit(of: "1\n123456") {
      var parser = LineParser(limit: 5)
      #expect(throws: StreamFormatError.lineTooLong(limit: 5)) {
        for piece in pieces { _ = try parser.receive(piece) }
      }
    }
  }
}
