import Basics
import Model
import Storage

// What is stored of a run's answers: of one that asks for tools, and of the last one.

extension RunDriver {
  /// Stores an answer that asks for tools, and its calls, before any of them begins; from here on the run goes on in any process.
  func keep(_ calls: [ToolCallRecord], _ work: inout Work, _ order: RunOrder) async throws {
    let waiting = calls.filter { $0.status == .waiting }
    guard let round = work.machine.roundEnded(waiting.isEmpty ? .running : .waiting) else { return }
    let before = work
    let kept = await patient.store("calls of tools", of: before.run, order) {
      try await keep(round, calls, waiting, before)
    }
    guard let kept else { throw CancellationError() }
    work.run = kept.run
    work.part?.speaker = kept.speaker
    work.hasRounds = true
    work.journal.written()
    work.machine.roundBegan()
  }

  private func keep(
    _ round: RunEnd, _ calls: [ToolCallRecord], _ waiting: [ToolCallRecord], _ work: Work
  ) async throws -> (run: Run, speaker: Run?) {
    try await store.write { store in
      guard var current = try store.runs.get(work.run.id), !current.status.isFinal else {
        throw CancellationError()
      }
      try Self.write(round, of: work, as: .action, in: store)
      for call in calls {
        try store.toolCalls.put(call)
        if call.status.isFinal { try store.tell(call, of: work.run) }
      }
      current.output = store.newIdentifier()
      current.status = round.status
      if round.status == .waiting {
        current.usage = work.journal.attempts.usage
        current.cost = work.journal.attempts.cost
        try store.append(work.run.event(Run.waiting(for: waiting), at: store.now))
      }
      try store.runs.update(current)
      return (current, try Self.withNextMessage(work.part?.speaker, in: store))
    }
  }

  /// The one whose answer goes on in another message.
  private static func withNextMessage(_ speaker: Run?, in store: WriteTransaction) throws -> Run? {
    guard let speaker, var current = try store.runs.get(speaker.id) else { return speaker }
    current.output = store.newIdentifier()
    try store.runs.update(current)
    return current
  }

  /// Stores the end of a run that was worked on: the rest of its text, its messages, its usage and its state, in one synced transaction.
  func end(_ work: Work, with end: RunEnd) async throws {
    try await store.write { store in
      guard var current = try store.runs.get(work.run.id), !current.status.isFinal else { return }
      var work = work
      work.run = current
      if work.hasRounds || work.isPipeline { try Self.cutCalls(of: current, with: end, in: store) }
      try Self.write(end, of: work, as: current.step == nil ? .message : .action, in: store)
      // One that waited and cannot be read any more may have been a pipeline's.
      if try work.isPipeline || work.hasRounds && store.runs.hasParts(current) {
        try Self.endParts(of: current, with: end, in: store)
        Self.count(end, try store.attempts.ofTree(current), in: &current)
      } else if work.journal.isSettled {
        Self.count(end, work.journal.attempts, in: &current)
      }
      try Self.finish(&current, with: end, in: store)
    }
    work.journal.written()
  }

  /// What the run took and cost; that is not known yet while a call goes on for others.
  private static func count(_ end: RunEnd, _ attempts: [Attempt], in run: inout Run) {
    run.usage = attempts.usage ?? end.usage
    // Who asked nobody paid nobody.
    run.cost = attempts.isEmpty ? end.usage.map { _ in .zero } : attempts.cost
  }

  /// Stores the end of a run that was not worked on, because it waited for its turn or for somebody; what it took so far stays.
  func end(_ run: Run, with end: RunEnd) async throws {
    try await store.write { store in
      guard var current = try store.runs.get(run.id), !current.status.isFinal else { return }
      if current.status == .waiting { try Self.cutCalls(of: current, with: end, in: store) }
      try Self.endParts(of: current, with: end, in: store)
      try Self.finish(&current, with: end, in: store)
    }
  }

  /// Ends what a pipeline's run leaves behind: its parts that wait for somebody.
  private static func endParts(of run: Run, with end: RunEnd, in store: WriteTransaction) throws {
    let cut = RunEnd(
      status: end.status == .interrupted ? .interrupted : .stopped, deltas: [], parts: [], finish: "stopped",
      usage: nil, error: end.status == .interrupted ? .interrupted : nil)
    for var part in try store.runs.partsInside(run) where !part.status.isFinal {
      try cutCalls(of: part, with: cut, in: store)
      try finish(&part, with: cut, in: store)
    }
  }

  private static func finish(_ run: inout Run, with end: RunEnd, in store: WriteTransaction) throws {
    run.status = end.status
    run.finishedAt = store.now
    run.error = end.error
    try store.runs.update(run)
    let body = EventBody.run(run.status, usage: run.usage, cost: run.cost, error: run.error)
    try store.append(run.event(body, at: store.now))
  }

  private static func cutCalls(of run: Run, with end: RunEnd, in store: WriteTransaction) throws {
    let isInterrupted = end.status == .interrupted
    try store.cutCalls(
      of: run, isInterrupted ? .interrupted : .stopped,
      isInterrupted ? .interrupted : RunFailure(RunError.toolStopped))
  }

  /// Stores the tries of an answer, what is left of its deltas, and its messages.
  private static func write(
    _ end: RunEnd, of work: Work, as type: Message.Kind, in store: WriteTransaction
  ) throws {
    let speaker = work.speaker
    for delta in end.deltas {
      try store.append(speaker.event(.messageDelta(delta), at: store.now, message: speaker.output))
    }
    try work.journal.write(in: store)
    if !end.thought.isEmpty { try insertThought(end.thought, of: work, in: store) }
    // What another run's answer is ends with that run.
    if work.part?.speaker != nil, end.status.isFinal { return }
    if !end.status.isFinal || end.status == .completed || !end.text.isEmpty || end.keptParts != nil {
      try insertAnswer(end, of: work, as: type, in: store)
    }
  }

  /// The usage of the message is that of the call that gave it; calls before it count for the run.
  private static func insertAnswer(
    _ end: RunEnd, of work: Work, as type: Message.Kind, in store: WriteTransaction
  ) throws {
    let (run, speaker) = (work.run, work.speaker)
    let completed = MessageCompleted(
      messageType: type, text: end.text, finish: end.finish, parent: work.question,
      usage: work.journal.attempts.last?.usage ?? end.usage, parts: end.shownParts?.json,
      branch: run.branch)
    let event = try store.append(
      speaker.event(.messageCompleted(completed), at: store.now, message: speaker.output))
    try store.messages.insert(
      Message(
        id: speaker.output, conversation: run.conversation, seq: event.seq, parent: work.question,
        run: run.id, agent: run.agent, role: .agent, type: type, text: end.text, parts: end.keptParts?.json,
        step: run.step, branch: run.branch, createdAt: store.now))
  }

  /// Visible reasoning becomes a message of its own, of type thought, beside the answer.
  private static func insertThought(
    _ thought: String, of work: Work, in store: WriteTransaction
  ) throws {
    let run = work.speaker
    let parent = run.id == work.run.id ? work.question : run.input
    let id: Identifier<Message> = store.newIdentifier()
    let created = MessageCreated(
      role: .agent, messageType: .thought, text: thought, parent: parent, branch: run.branch)
    let event = try store.append(run.event(.messageCreated(created), at: store.now, message: id))
    try store.messages.insert(
      Message(
        id: id, conversation: run.conversation, seq: event.seq, parent: parent, run: run.id,
        agent: run.agent, role: .agent, type: .thought, text: thought, step: run.step,
        branch: run.branch, createdAt: store.now))
  }
}
