import Model

extension [CompletionRequest.Turn] {
  /// The turns with one result for each call, right after the turn that made it.
  ///
  /// Every provider refuses a conversation in which a call has no result or a result has no call. Both happen: a run can end between
  /// them, and old turns are left out of a long history.
  package var withEveryCallAnswered: [CompletionRequest.Turn] {
    var turns: [CompletionRequest.Turn] = []
    var open: [ToolCall] = []
    var results: [MessagePart] = []
    for turn in self {
      if turn.role == .tool {
        results += turn.parts.filter { part in open.contains { part.answers($0) } }
        continue
      }
      turns.answer(open, with: results)
      open = turn.role == .assistant ? turn.parts.toolCalls : []
      results = []
      turns.append(turn)
    }
    turns.answer(open, with: results)
    return turns
  }

  private mutating func answer(_ calls: [ToolCall], with results: [MessagePart]) {
    guard !calls.isEmpty else { return }
    let parts = calls.map { call in
      results.last { $0.answers(call) } ?? MessagePart(.toolResult(.notExecuted(call)))
    }
    append(CompletionRequest.Turn(role: .tool, parts: parts))
  }
}

extension MessagePart {
  fileprivate func answers(_ call: ToolCall) -> Bool {
    if case .toolResult(let result) = content { result.call == call.id } else { false }
  }
}

extension ToolResult {
  /// A call that came to nothing; arguments that a dialect cannot give back are told here.
  fileprivate static func notExecuted(_ call: ToolCall) -> ToolResult {
    let reason =
      call.isValid
      ? "The tool was not executed."
      : "The tool was not executed, its arguments are no JSON object: \(call.arguments)"
    return ToolResult(call: call.id, name: call.name, parts: [.text(reason)], isError: true)
  }
}
