import Basics
import Model
import Providers
import Storage
import Tools

// What a run does between its beginning and its end: rounds of asking the model and of calling tools.
//
// What is large and not needed while a function waits is kept in functions of its own that are not inlined: all that an asynchronous function
// holds, wherever in it, has a place in its frame for as long as the answer takes.

extension RunDriver {
  /// How far a step came.
  enum Outcome {
    case next, waiting
    indirect case over(RunEnd?)
  }

  /// What is to be done in a step.
  private enum Item {
    case listen(CallChain)
    indirect case call(ToolLoopMachine, RunContext)
    case answerCalls
    indirect case end(RunEnd?)
  }

  /// Asks the model once, or calls the tools of one round.
  func step(_ work: inout Work, _ order: RunOrder) async throws -> Outcome {
    switch try await next(&work) {
    case .listen(let chain):
      try await listen(to: chain, &work)
      return try await answered(&work, order)
    case .call(let loop, let context):
      try await call(loop, context, work)
      return .next
    case .answerCalls:
      try await answerCalls(of: work)
      return .next
    case .end(let end):
      return .over(end)
    }
  }

  private func next(_ work: inout Work) async throws -> Item {
    if work.context == nil { try await readContext(of: &work) }
    return try Self.item(&work)
  }

  @inline(never) private func readContext(of work: inout Work) async throws {
    work.context = await context(of: work.run, work.part)
  }

  @inline(never) private static func item(_ work: inout Work) throws -> Item {
    defer { work.context = nil }
    guard let context = try work.context?.get() else {
      return .end(
        work.machine.providerFailed(
          RunFailure(
            code: "agent_not_found", message: "The run's agent is gone.", hint: "Invoke another agent.")))
    }
    let loop = context.toolLoop(of: work.run)
    if loop.step == .call { return .call(loop, context) }
    // Everybody said no, or what was refused was all there was: nothing has run that would have stored the results.
    if context.lacksResults { return .answerCalls }
    work.question = context.history.last?.id ?? work.run.input
    work.loop = loop
    return .listen(try CallChain(context))
  }

  private func call(_ loop: ToolLoopMachine, _ context: RunContext, _ work: Work) async throws {
    var loop = loop
    let driver = ToolDriver(
      store: store, run: work.run, offers: context.offers,
      parameters: (work.part?.root ?? work.run).parameters,
      now: { [gate = providers.gate] in gate.now() }, log: patient.log)
    try await driver.perform(&loop)
  }

  private func answerCalls(of work: Work) async throws {
    let run = work.run
    try await store.write { try $0.answerCalls(of: run) }
  }

  /// The model has said what it has to say: that is the end, unless it asks for tools.
  private func answered(_ work: inout Work, _ order: RunOrder) async throws -> Outcome {
    guard var loop = work.loop else { return .over(work.machine.providerEnded()) }
    let step = loop.answered(work.machine.toolCalls, at: providers.gate.now())
    switch step {
    case .end: return .over(work.machine.providerEnded())
    case .fail(let error): return .over(work.machine.providerFailed(RunFailure(error)))
    case .call, .ask, .wait:
      try await keep(loop.calls, &work, order)
      return step == .wait ? .waiting : .next
    }
  }

  private func listen(to chain: CallChain, _ work: inout Work) async throws {
    work.journal.beginCall()
    answering.begin()
    defer { answering.end() }
    let call = await calls.source(for: chain, work.journal)
    defer { call.cancel() }
    while true {
      try Task.checkCancellation()
      switch try await call.next(until: work.machine.deadline) {
      case .events(let events):
        try await append(take(events, from: call, &work), &work)
        if work.machine.isFull { return call.finish() }
      case .deadline:
        try await append(takeGathered(&work), &work)
      case .end:
        return
      }
    }
  }

  @inline(never) private func take(
    _ events: [ProviderEvent], from call: any CallSource, _ work: inout Work
  ) -> [MessageDelta] {
    if let author = call.takeAuthor() { work.machine.asked(provider: author.provider, model: author.model) }
    return work.machine.received(events, now: ProviderClient.now, answers: answering.count)
  }

  @inline(never) private func takeGathered(_ work: inout Work) -> [MessageDelta] {
    work.machine.deadlinePassed(now: ProviderClient.now)
  }

  /// Waiting for the commit is the back-pressure: while the store is busy the provider's transfer fills, then pauses.
  private func append(_ deltas: [MessageDelta], _ work: inout Work) async throws {
    guard !deltas.isEmpty else { return }
    do {
      try await store.write(.relaxed, Self.appending(deltas, by: work))
    } catch {
      work.machine.notStored(deltas)
      throw error
    }
  }

  @inline(never) private static func appending(
    _ deltas: [MessageDelta], by work: Work
  ) -> @Sendable (WriteTransaction) throws -> Void {
    let speaker = work.speaker
    return { store in
      for delta in deltas {
        try store.append(speaker.event(.messageDelta(delta), at: store.now, message: speaker.output))
      }
    }
  }
}
