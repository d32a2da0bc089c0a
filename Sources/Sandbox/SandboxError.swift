import Basics

/// Why Python code gave no result. The messages of `refused`, `failed` and `timedOut` are shown to a model and to people as they are.
package struct SandboxError: CodedError, Equatable {
  /// Which failure it is; the raw value is the stable code.
  package enum Code: String, Sendable, CaseIterable {
    /// The host lacks a part, or forbids what the sandbox is made of.
    case unavailable = "python_unavailable"
    /// The syntax check found something that is not allowed.
    case refused = "python_refused"
    /// The code is no Python.
    case invalid = "python_invalid"
    /// The code ended with an error of its own.
    case failed = "python_failed"
    case timedOut = "python_timed_out"
    /// The process ended without a word: killed for its limits, or by itself.
    case ended = "python_ended"
    /// Too many calls wait already.
    case busy = "python_busy"
    /// The call's task was cancelled.
    case cancelled
    /// The hub is stopping.
    case stopped
  }

  package let kind: Code
  package let message: String
  package let hint: String?

  package var code: String { kind.rawValue }

  package var retryAfterMilliseconds: Int? { kind == .busy ? 1000 : nil }

  init(_ kind: Code, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }
}

extension SandboxError {
  static let cancelled = SandboxError(.cancelled, "The Python call was cancelled.")
  static let stopped = SandboxError(.stopped, "The Python call ended because the hub stops.")

  static func timedOut(after limit: Duration) -> SandboxError {
    SandboxError(.timedOut, "Python execution timed out after \(limit.inSeconds)s")
  }

  static func busy(waiting: Int) -> SandboxError {
    SandboxError(
      .busy, "Python code cannot be run now: \(waiting) calls wait already.",
      hint: "Try again in a moment, or raise AGENTHUB_PYTHON_CALLS.")
  }

  static func missing(_ parts: [MissingPart]) -> SandboxError {
    let names = parts.map(\.name)
    let list =
      names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    let verb = parts.count == 1 ? "is" : "are"
    let packages = parts.compactMap(\.package)
    return SandboxError(
      .unavailable, "Python code cannot be run here: \(list) \(verb) missing.",
      hint: packages.isEmpty
        ? "Set AGENTHUB_PYTHON to a Python 3.9 or later."
        : "apt-get install -y \(packages.joined(separator: " "))"
    )
  }

  /// The worker's process ended while the code ran.
  static func ended(_ status: Int32?) -> SandboxError {
    let how =
      switch status {
      case .some(let status) where status < 0: "signal \(-status) ended it"
      case .some(let status) where status > 128: "signal \(status - 128) ended it"
      case .some(let status): "it ended with code \(status)"
      case nil: "it ended"
      }
    return SandboxError(
      .ended, "Python gave no result: \(how).",
      hint: "Code that needs too much memory or processor time, or that crashes a library, ends so.")
  }
}

extension Duration {
  /// Seconds in the shortest words: `5`, `2.5`.
  var inSeconds: String {
    let (seconds, attoseconds) = components
    guard attoseconds != 0 else { return "\(seconds)" }
    return "\(Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1000)"
  }

  /// Whole nanoseconds, at least 0 and at most a day.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0 else { return 0 }
    return UInt64(min(seconds, 86_400)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
  }
}
