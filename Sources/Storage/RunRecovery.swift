import Basics
import Model

/// Ends the runs that a process left running when it died: what they wrote is kept, and everybody is told. Those that wait, for their
/// turn or for somebody's approval, go on waiting.
enum RunRecovery {
  static func run(_ transaction: WriteTransaction, log: Log) throws {
    let unfinished = try transaction.runs.unfinished()
    let running = Set(unfinished.filter { $0.status == .running }.map(\.id))
    // A part of a pipeline's run does not outlive it, even if it waits.
    let cut = unfinished.filter { run in
      running.contains(run.id) || run.parentRun.map(running.contains) ?? false
    }
    try transaction.attempts.interruptUnfinished()
    for run in cut { try interrupt(run, transaction) }
    guard !cut.isEmpty else { return }
    log.write(.warning, "Runs were cut by the last stop and are now interrupted", ["count": "\(cut.count)"])
  }

  private static func interrupt(_ cut: Run, _ transaction: WriteTransaction) throws {
    let open = try transaction.events.openMessages(in: cut.conversation).filter { $0.run == cut.id }
    for message in open where !message.final.isEmpty { try keep(message, of: cut, transaction) }
    try transaction.cutCalls(of: cut, .interrupted, .interrupted)
    var run = cut
    run.status = .interrupted
    run.finishedAt = transaction.now
    run.error = .interrupted
    let attempts = try transaction.attempts.ofTree(run)
    run.usage = attempts.usage
    run.cost = attempts.cost
    try transaction.runs.update(run)
    _ = try transaction.append(
      Event(
        conversation: run.conversation, run: run.id, parentRun: run.parentRun, step: run.step,
        agent: run.agentReference, message: run.output, at: transaction.now,
        body: .run(.interrupted, usage: run.usage, cost: run.cost, error: run.error)))
  }

  private static func keep(_ open: OpenMessage, of run: Run, _ transaction: WriteTransaction) throws {
    let type = run.step == nil ? Message.Kind.message : .action
    let completed = MessageCompleted(
      messageType: type, text: open.final, finish: "interrupted", parent: run.input, branch: run.branch)
    let event = try transaction.append(
      Event(
        conversation: run.conversation, run: run.id, parentRun: run.parentRun,
        step: run.step, agent: open.agent ?? run.agentReference, message: open.id, at: transaction.now,
        body: .messageCompleted(completed)))
    try transaction.messages.insert(
      Message(
        id: open.id, conversation: run.conversation, seq: event.seq, parent: run.input, run: run.id,
        agent: run.agent, role: .agent, type: type, text: open.final, step: run.step, branch: run.branch,
        createdAt: event.at))
  }
}
