import Basics
import Synchronization
import Testing

@testable import AgentHub

struct LogSinkTests {
  static func line(_ message: String, _ values: KeyValuePairs<String, String> = [:]) -> String {
    let lines = Mutex<[String]>([])
    let log = Log(level: .debug) { event in
      lines.withLock { $0.append(LogSink.line(event, at: Timestamp(milliseconds: 0))) }
    }
    log.write(.info, message, values)
    return lines.withLock { $0.joined() }
  }

  @Test func `S001-20 S003-31 a line is time, level, sentence and values`() {
    #expect(
      Self.line("listening", ["url": "http://127.0.0.1:3001", "loops": "2"])
        == "1970-01-01T00:00:00.000Z info listening url=http://127.0.0.1:3001 loops=2\n")
  }

  @Test(
    arguments: [
      ("two words", "\"two words\""), ("", "\"\""), ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""),
      ("C:\\ x", "\"C:\\\\ x\""), ("a\nb", "\"a\\nb\""), ("\u{1B}[31m", "\"\\u{1b}[31m\""), ("é🦙", "é🦙"),
      ("a\u{9B}b", "\"a\\u{9b}b\""),
    ])
  func `a value is quoted when it could be taken for more`(value: String, shown: String) {
    #expect(Self.line("m", ["v": value]) == "1970-01-01T00:00:00.000Z info m v=\(shown)\n")
  }

  @Test func `a sentence cannot forge a second line`() {
    #expect(Self.line("a\n1970 error b") == "1970-01-01T00:00:00.000Z info a\\n1970 error b\n")
  }
}
