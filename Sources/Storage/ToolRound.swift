import Basics
package import Model

// What a run's latest round of tools leaves behind. Kept beside the store, because a start ends rounds that a dead process has left.

extension WriteTransaction {
  /// Ends the calls of a run that have not ended, each with its event, and stores the round's results for the model and for history.
  package func cutCalls(of run: Run, _ status: ToolCallRecord.Status, _ failure: RunFailure) throws {
    for var call in try toolCalls.ofRun(run.id).lastRound where !call.status.isFinal {
      call.cut(status, failure, at: now)
      try toolCalls.put(call)
      try tell(call, of: run)
    }
    try answerCalls(of: run)
  }

  /// Appends the event of a call as it is now.
  package func tell(_ call: ToolCallRecord, of run: Run) throws {
    try append(
      Event(
        conversation: run.conversation, run: run.id, parentRun: run.parentRun, step: run.step,
        agent: run.agentReference, at: now, body: call.eventBody))
  }

  /// Stores the results of a run's latest round as one message, in the order of the calls, unless that was done.
  package func answerCalls(of run: Run) throws {
    guard let question = try messages.ofRun(run.id).last(where: { $0.type != .thought }),
      question.role == .agent, question.type == .action
    else { return }
    let parts = try toolCalls.ofRun(run.id).lastRound.results.json
    let id: Identifier<Message> = newIdentifier()
    let created = MessageCreated(
      role: .tool, messageType: .action, text: "", parent: question.id, parts: parts, branch: run.branch)
    let event = try append(
      Event(
        conversation: run.conversation, run: run.id, parentRun: run.parentRun, step: run.step,
        agent: run.agentReference, message: id, at: now, body: .messageCreated(created)))
    try messages.insert(
      Message(
        id: id, conversation: run.conversation, seq: event.seq, parent: question.id, run: run.id,
        agent: run.agent, role: .tool, type: .action, text: "", parts: parts, step: run.step,
        branch: run.branch, createdAt: now))
  }
}
