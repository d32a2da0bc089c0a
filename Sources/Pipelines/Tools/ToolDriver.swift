import Basics
import Model
import Storage
import Tools

/// Does what `ToolLoopMachine` decides for one round: calls the tools, at once where it may, and stores each answer as it comes.
struct ToolDriver: Sendable {
  let store: Store
  let run: Run
  let offers: [ToolOffer]
  /// What the caller gave beside the message.
  var parameters: JSONObject = [:]
  let now: @Sendable () -> Timestamp
  let log: Log

  /// What came of one call.
  private typealias Outcome = (number: Int, answer: Result<ToolAnswer, any Error>)

  /// Calls what may be called until every call of the round has its answer; the answers are then stored for the model, in the order of
  /// the calls.
  ///
  /// - Throws: what the store throws; `CancellationError`, and then calls may be left without an answer.
  func perform(_ loop: inout ToolLoopMachine) async throws {
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      while true {
        let begun = Task.isCancelled ? [] : loop.begin(at: now())
        try await put(begun)
        for call in begun {
          _ = group.addTaskUnlessCancelled { (call.number, await outcome(of: call)) }
        }
        guard let outcome = try await group.next() else { break }
        // What a stop cuts is no failure of the tool; what a tool has done all the same is told.
        if Task.isCancelled, case .failure = outcome.answer { continue }
        if let call = finish(outcome, &loop) { try await put([call]) }
      }
      try Task.checkCancellation()
    }
    let run = run
    try await store.write(.relaxed) { try $0.answerCalls(of: run) }
  }

  private func put(_ calls: [ToolCallRecord]) async throws {
    guard !calls.isEmpty else { return }
    let run = run
    // Before a tool does anything, that it was called is safe on disk.
    try await store.write { store in
      for call in calls {
        try store.toolCalls.put(call)
        try store.tell(call, of: run)
      }
    }
  }

  private func finish(_ outcome: Outcome, _ loop: inout ToolLoopMachine) -> ToolCallRecord? {
    switch outcome.answer {
    case .success(let answer):
      let limit = offer(of: outcome.number, loop)?.tool.terms.maximumResult ?? RegisteredTool.standardResult
      return loop.finished(outcome.number, with: answer, limit: limit, at: now())
    case .failure(let error):
      let name = loop.calls.first { $0.number == outcome.number }?.call.name ?? ""
      if !(error is any CodedError) {
        log.write(
          .error, "A tool failed", ["tool": name, "run": run.id.text, "error": "\(error)"])
      }
      let coded = error as? any CodedError ?? ToolError.failed(name)
      return loop.failed(outcome.number, because: RunFailure(coded), at: now())
    }
  }

  private func offer(of number: Int, _ loop: ToolLoopMachine) -> ToolOffer? {
    loop.calls.first { $0.number == number }.flatMap { call in offers.first { $0.name == call.call.name } }
  }

  private func outcome(of call: ToolCallRecord) async -> Result<ToolAnswer, any Error> {
    do {
      return .success(try await answer(to: call))
    } catch {
      return .failure(error)
    }
  }

  private func answer(to call: ToolCallRecord) async throws -> ToolAnswer {
    guard let offer = offers.first(where: { $0.name == call.call.name }),
      call.fingerprint == offer.tool.terms.fingerprint, call.decidedAt != nil || !offer.needsApproval
    else { throw ToolError.changed(call.call.name) }
    let context = ToolContext(
      run: run.id, conversation: run.conversation, agent: run.agentReference, call: call.number,
      settings: offer.grant.settings, parameters: parameters)
    return try await offer.call(call.arguments.object ?? [:], in: context)
  }
}
