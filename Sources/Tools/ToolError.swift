import Basics

/// Why a tool was not called, or came to nothing.
package struct ToolError: CodedError, Equatable {
  package let code: String
  package let message: String
  package let hint: String?

  package init(_ code: String, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}

extension ToolError {
  /// An agent lists a tool that is not there (any more).
  package static func notFound(_ name: String, agent: String) -> Self {
    Self(
      "tool_not_found", "The agent \(agent) may call the tool \(name), which does not exist.",
      hint: "Register it with POST /api/tools, or take it out of the agent's config.tools.")
  }

  /// An agent's model did not stop to ask for tools.
  package static func roundsExhausted(agent: String, limit: Int) -> Self {
    Self(
      "tool_rounds_exhausted", "The agent \(agent) still asks for tools after \(limit) rounds of them.",
      hint: "config.maxToolRounds allows more; the tools' results may not be what the model needs.")
  }

  /// A model asked for a tool that the agent does not have.
  static func notOffered(_ name: String, offered: [String]) -> Self {
    Self(
      "tool_unknown", "There is no tool \(name).",
      hint: "Tools: \(offered.joined(separator: ", ")).")
  }

  /// A model's arguments do not fit.
  static func badArguments(_ faults: [String]) -> Self {
    Self(
      "tool_arguments_invalid",
      "The tool was not called, its arguments do not fit. \(faults.joined(separator: " "))")
  }

  /// One answer asks for more than a round takes.
  static func tooMany(limit: Int) -> Self {
    Self(
      "tool_calls_exceeded", "The tool was not called: one answer may ask for \(limit) calls.",
      hint: "Ask for the rest in the next answer.")
  }

  /// Somebody said no.
  static func denied(_ reason: String?) -> Self {
    Self("tool_denied", "The call was not allowed." + (reason.map { " Reason: \($0)" } ?? ""))
  }

  /// What was asked for, and perhaps approved, is not what would be called.
  package static func changed(_ name: String) -> Self {
    Self(
      "tool_changed",
      "The tool \(name) was changed or taken away after the call had been asked for, so it was not called.",
      hint: "Ask for the call again.")
  }

  /// A call took too long.
  package static func timeout(_ name: String, after limit: Duration) -> Self {
    let milliseconds = Int(limit / .milliseconds(1))
    let words = milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    return Self("tool_timeout", "The tool \(name) did not answer within \(words).")
  }

  /// A call failed for reasons that are nobody's business but the log's.
  package static func failed(_ name: String) -> Self { Self("tool_failed", "The tool \(name) failed.") }
}
