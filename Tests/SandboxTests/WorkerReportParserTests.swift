import TestKit
import Testing

@testable import Sandbox

struct WorkerReportParserTests {
  private static func lines(of pieces: [[UInt8]], limit: Int = 100) -> (lines: [String], isOverfull: Bool) {
    var parser = WorkerReportParser(limit: limit)
    var lines: [String] = []
    for piece in pieces { lines += parser.receive(piece).map { String(decoding: $0, as: UTF8.self) } }
    return (lines, parser.isOverfull)
  }

  @Test func `lines are the same however the bytes arrive`() {
    let text = Array("first\n\nthird ü\nunfinished".utf8)
    for cut in 0...text.count {
      let found = Self.lines(of: [Array(text[..<cut]), Array(text[cut...])])
      #expect(found.lines == ["first", "", "third ü"], "cut at \(cut)")
    }
    #expect(Self.lines(of: text.map { [$0] }).lines == ["first", "", "third ü"])
  }

  @Test func `a line longer than any of ours ends it all`() {
    let long = [UInt8](repeating: 65, count: 11)
    let found = Self.lines(of: [Array("ok\n".utf8), long, Array("\nmore\n".utf8)], limit: 10)
    #expect(found.lines == ["ok"])
    #expect(found.isOverfull)
  }
}
