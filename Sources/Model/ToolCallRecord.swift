package import Basics

/// One call of a tool in a run, from the model's wish to the tool's answer.
package struct ToolCallRecord: Equatable, Sendable {
  /// Where a call stands; the last six are final.
  package enum Status: String, Sendable, CaseIterable {
    /// Somebody has to agree to it.
    case waiting
    /// It may begin.
    case ready
    case running
    case completed
    /// The tool was not called, or gave an error; the model reads which.
    case failed
    /// Somebody said no.
    case denied
    case stopped, interrupted

    /// Whether nothing more will happen to the call.
    package var isFinal: Bool {
      switch self {
      case .waiting, .ready, .running: false
      case .completed, .failed, .denied, .stopped, .interrupted: true
      }
    }
  }

  package var run: Identifier<Run>
  /// From 1, within the run.
  package var number: Int
  /// Which time the model asked for tools, from 1.
  package var round: Int
  /// What the model asked for.
  package var call: ToolCall
  /// What the tool is called with instead, by the will of whoever agreed to it.
  package var edited: JSON?
  package var status: Status
  /// Of the tool's terms, when the call was asked for.
  package var fingerprint: String
  /// Why somebody said no.
  package var reason: String?
  package var decidedAt: Timestamp?
  /// What the model reads, texts and images; nil until it is known.
  package var result: [MessagePart]?
  /// UTF-8 bytes of the result before it was cut.
  package var resultBytes: Int?
  package var error: RunFailure?
  package var createdAt: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?

  package init(
    run: Identifier<Run>, number: Int, round: Int, call: ToolCall, status: Status = .ready,
    fingerprint: String = "", createdAt: Timestamp
  ) {
    self.run = run
    self.number = number
    self.round = round
    self.call = call
    self.status = status
    self.fingerprint = fingerprint
    self.createdAt = createdAt
  }

  /// What the tool is called with.
  package var arguments: JSON { edited ?? call.argumentsObject }

  /// What goes back to the model.
  package var toolResult: ToolResult {
    var parts = result ?? [.text(error?.message ?? "The call has no result.")]
    // The model would take the answer for one to its own arguments.
    if let edited, status == .completed || status == .failed {
      parts.insert(.text("(Called with other arguments than asked for: \(edited.text))\n"), at: 0)
    }
    return ToolResult(call: call.id, name: call.name, parts: parts, isError: status != .completed)
  }

  /// Ends a call that has not ended, because its run did.
  package mutating func cut(_ status: Status, _ error: RunFailure, at time: Timestamp) {
    guard !self.status.isFinal else { return }
    self.status = status
    self.error = error
    finishedAt = time
  }
}

extension [ToolCallRecord] {
  /// The results of a round as the parts of its message.
  package var results: [MessagePart] { map { MessagePart(.toolResult($0.toolResult)) } }

  /// Those of the last round.
  package var lastRound: [ToolCallRecord] {
    guard let round = last?.round else { return [] }
    return filter { $0.round == round }
  }
}
