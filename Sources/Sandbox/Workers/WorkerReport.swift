import Basics

/// One line that a worker says.
enum WorkerReport: Equatable, Sendable {
  /// Its libraries are loaded and it waits for a call.
  case ready
  /// It could not load them.
  case failed(String)
  /// The code passed the check and begins.
  case running
  /// What the check found.
  case refused([String])
  /// The code ended with an error, or its data set could not be read.
  case error(String)
  case done(value: JSONObject, printed: String)

  /// Reads a line without its end; nil when a worker of ours would not have written it.
  init?(line: [UInt8]) {
    guard let line = try? JSON.parse(line), let state = line["state"]?.string else { return nil }
    let error = line["error"]?.string
    switch state {
    case "ready": self = .ready
    case "running": self = .running
    case "failed":
      guard let error else { return nil }
      self = .failed(error)
    case "error":
      guard let error else { return nil }
      self = .error(error)
    case "refused":
      guard let errors = line["errors"]?.array?.compactMap(\.string), !errors.isEmpty else { return nil }
      self = .refused(errors)
    case "done":
      guard let value = line["value"]?.object, let printed = line["printed"]?.string else {
        return nil
      }
      self = .done(value: value, printed: printed)
    default: return nil
    }
  }
}

/// Cuts what a worker writes into lines. After too long a line it gives nothing more.
struct WorkerReportParser: Sendable {
  private var held: [UInt8] = []
  private let limit: Int
  /// A line was longer than any of ours can be.
  private(set) var isOverfull = false

  init(limit: Int) { self.limit = limit }

  /// Takes bytes as they come; the lines that are now whole, without their ends.
  mutating func receive(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
    guard !isOverfull else { return [] }
    var lines: [[UInt8]] = []
    for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      if part.offset > 0 {
        lines.append(held)
        held = []
      }
      held += part.element
      if held.count > limit {
        isOverfull = true
        held = []
        break
      }
    }
    return lines
  }
}
