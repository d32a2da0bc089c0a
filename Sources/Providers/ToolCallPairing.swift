import Model

extension [CompletionRequest.Turn] {
  /// The turns with one result for each call, right after the turn that made it, and with ids that differ.
  ///
  /// Every provider refuses a conversation in which a call has no result or a result has no call. Both happen: a run can end between
  /// them, and old turns are left out of a long history. Ids that the hub had to make up repeat from turn to turn, which some refuse.
  package var withEveryCallAnswered: [CompletionRequest.Turn] {
    var pairing = ToolCallPairing()
    for turn in self { pairing.take(turn) }
    pairing.answerOpenCalls()
    return pairing.turns
  }
}

/// Walks over turns and pairs calls with results.
private struct ToolCallPairing {
  private(set) var turns: [CompletionRequest.Turn] = []
  private var used: Set<String> = []
  /// The calls of the last turn, and the id that each is given.
  private var open: [(call: ToolCall, id: String)] = []
  private var results: [ToolResult] = []

  mutating func take(_ turn: CompletionRequest.Turn) {
    if turn.role == .tool {
      for case .toolResult(let result) in turn.parts.map(\.content) { results.append(result) }
      return
    }
    answerOpenCalls()
    turns.append(turn.role == .assistant ? opening(turn) : turn)
  }

  /// Ends the turn before.
  mutating func answerOpenCalls() {
    if !open.isEmpty {
      let parts = open.map { open in
        var result = results.last { $0.call == open.call.id } ?? .notExecuted(open.call)
        result.call = open.id
        return MessagePart(.toolResult(result))
      }
      turns.append(CompletionRequest.Turn(role: .tool, parts: parts))
    }
    open = []
    results = []
  }

  private mutating func opening(_ turn: CompletionRequest.Turn) -> CompletionRequest.Turn {
    var turn = turn
    for index in turn.parts.indices {
      guard case .toolCall(var call) = turn.parts[index].content else { continue }
      let id = unused(call.id)
      open.append((call, id))
      call.id = id
      turn.parts[index].content = .toolCall(call)
    }
    return turn
  }

  private mutating func unused(_ id: String) -> String {
    var candidate = id
    var number = 2
    while !used.insert(candidate).inserted {
      candidate = "\(id)_\(number)"
      number += 1
    }
    return candidate
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
