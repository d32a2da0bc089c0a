/// How much a line matters. `debug` follows every decision, `error` needs a person.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
  case debug, info, warning, error

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The level of a setting's text (`debug`, `info`, `warning`, `error`), or nil.
  package init?(name: String) {
    guard let level = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
    self = level
  }
}

/// One structured line: a fixed sentence and its values, never a key or a prompt.
package struct LogEvent: Sendable {
  package let level: LogLevel
  package let message: String
  package let values: [(name: String, value: String)]
}

/// Where lines go. Handed in, never made inside a room; the sink decides about time and format.
package struct Log: Sendable {
  package let level: LogLevel
  private let sink: @Sendable (LogEvent) -> Void

  package init(level: LogLevel, sink: @escaping @Sendable (LogEvent) -> Void) {
    self.level = level
    self.sink = sink
  }

  /// Drops everything; for tests and tools.
  package static let silent = Log(level: .error) { _ in }

  /// Writes one line when its level is wanted; the values are only built then.
  package func write(
    _ level: LogLevel, _ message: String, _ values: @autoclosure () -> KeyValuePairs<String, String> = [:]
  ) {
    guard level >= self.level else { return }
    sink(LogEvent(level: level, message: message, values: values().map { (name: $0.key, value: $0.value) }))
  }
}
