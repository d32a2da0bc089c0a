import TestKit
import Testing

struct ShapeTests {
  static let fileLimit = 400
  static let functionLimit = 50

  /// Functions and initialisers with more lines than allowed, from their `func` to the closing brace.
  static func longFunctions(in source: SwiftSource) -> [Violation] {
    source.codeLines.indices.compactMap { index in
      let words = SwiftSource.words(of: source.codeLines[index])
      guard words.contains("func") || words.contains("init") || words.contains("deinit") else { return nil }
      guard let end = self.endOfBody(in: source.codeLines, from: index) else { return nil }
      let length = end - index + 1
      guard length > self.functionLimit else { return nil }
      return Violation(path: source.path, line: index + 1, detail: "\(length) lines")
    }
  }

  /// The line that closes the body begun at or after a declaration, or nil when it has none.
  private static func endOfBody(in lines: [String], from start: Int) -> Int? {
    var depth = 0
    var parentheses = 0
    for index in start..<lines.count {
      // A protocol's requirement, or a call of `init`, is over when its line is, outside any parenthesis.
      for character in lines[index] {
        switch character {
        case "(": parentheses += 1
        case ")": parentheses -= 1
        case "{" where parentheses == 0: depth += 1
        case "}" where parentheses == 0:
          depth -= 1
          if depth <= 0 { return depth == 0 ? index : nil }
        default: break
        }
      }
      let isWaitingForBrace = depth == 0 && parentheses == 0
      let next = index + 1 < lines.count ? SwiftSource.words(of: lines[index + 1]).first : nil
      let goesOn = next == "where" || next == "throws" || next == "async" || next == nil
      if isWaitingForBrace && !goesOn { return nil }
    }
    return nil
  }

  @Test func `a function that is too long is found`() {
    let body = (1...60).map { "  let a\($0) = { \($0) }()" }.joined(separator: "\n")
    let text =
      "protocol P { func short(a: Int) }\nfunc long(\n  a: Int\n) -> Int {\n\(body)\n}\nfunc short() {\n}\n"
    let found = Self.longFunctions(in: SwiftSource(path: "x", text: text))
    #expect(found == [Violation(path: "x", line: 2, detail: "64 lines")])
  }

  @Test func `no file holds two ideas`() {
    let long = (SwiftSource.all + SwiftSource.tests).filter { $0.lines.count > Self.fileLimit + 1 }
      .map { Violation(path: $0.path, line: $0.lines.count, detail: "more than \(Self.fileLimit) lines") }
    expectNone(long, "Split each into two files with one idea each:")
  }

  @Test func `no function is longer than a screen`() {
    let long = SwiftSource.all.flatMap { Self.longFunctions(in: $0) }
    expectNone(long, "Give the parts names (aim at 25 lines, never over \(Self.functionLimit)):")
  }

  /// Rules that other rooms may use and no test of their own room names. The parts of a rule are tested through it.
  static func untestedRules(in sources: [SwiftSource], tests: [SwiftSource]) -> [Violation] {
    sources.filter { $0.stem.hasSuffix("Machine") || $0.stem.hasSuffix("Parser") }
      .filter { source in
        source.codeLines.contains { line in
          let words = SwiftSource.words(of: line)
          return words.first == "package" && words.contains(source.stem[...])
        }
      }
      .filter { source in
        !tests.contains { test in
          test.room == "\(source.room)Tests"
            && test.codeLines.contains { SwiftSource.words(of: $0).contains(source.stem[...]) }
        }
      }
      .map { Violation(path: $0.path, line: 1, detail: "no test in Tests/\($0.room)Tests names it") }
  }

  @Test func `a rule without a test is found`() {
    let rule = SwiftSource(path: "Sources/Wire/LineParser.swift", text: "package struct LineParser {}")
    let part = SwiftSource(path: "Sources/Wire/WordParser.swift", text: "struct WordParser {}")
    let elsewhere = SwiftSource(path: "Tests/APITests/T.swift", text: "_ = LineParser()")
    let test = SwiftSource(path: "Tests/WireTests/T.swift", text: "_ = LineParser()")
    #expect(Self.untestedRules(in: [rule, part], tests: [elsewhere]).map(\.path) == [rule.path])
    #expect(Self.untestedRules(in: [rule, part], tests: [elsewhere, test]).isEmpty)
  }

  @Test func `every machine and parser is tested in its own room`() {
    expectNone(
      Self.untestedRules(in: SwiftSource.all, tests: SwiftSource.tests),
      "Rules are tested by tables and by every split of the bytes:")
  }
}
