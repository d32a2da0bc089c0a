import Basics
import CLinux
import Glibc

/// Writes log lines to standard error: `time level message name=value`, one write(2) a line, so that lines of
/// several threads never mix and none is lost in a buffer when the process dies.
enum LogSink {
  @Sendable static func standardError(_ event: LogEvent) {
    let now = Timestamp(milliseconds: clinux_wall_milliseconds())
    Terminal.writeAll(STDERR_FILENO, self.line(event, at: now))
  }

  static func line(_ event: LogEvent, at time: Timestamp) -> String {
    let values = event.values.map { " \($0.name)=\(self.quotedIfNeeded($0.value))" }.joined()
    return "\(time.iso8601) \(event.level) \(self.escaped(event.message))\(values)\n"
  }

  /// Quotes what would end the value early or could be taken for another line.
  private static func quotedIfNeeded(_ value: String) -> String {
    let isPlain = value.unicodeScalars.allSatisfy {
      !self.isControl($0) && $0 != " " && $0 != "\"" && $0 != "="
    }
    return isPlain && !value.isEmpty ? value : "\"\(self.escaped(value, quote: true))\""
  }

  /// Whether a terminal that shows the log would obey the character: both control sets can.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }

  private static func escaped(_ text: String, quote: Bool = false) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\"" where quote: result += "\\\""
      case "\\" where quote: result += "\\\\"
      case _ where self.isControl(scalar):
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}
