import Basics
import Model
import Providers
import Storage
import Synchronization
import Tools

/// Does what `RunMachine` and `ToolLoopMachine` decide for one run: asks the provider, appends its deltas, calls tools, stores its end.
///
/// Between two steps all that counts is in the store, so that a run which waits for approval needs no task, and goes on in another process.
struct RunDriver: Sendable {
  let store: Store
  let providers: ProviderClient
  let calls: SavedCalls
  let tools: ToolTable
  let rollUp: DeltaRollUp.Limits
  let prices: PriceTable
  let ledger: BudgetLedger
  let patient: PatientStore
  let answering = AnswerCount()

  /// A run under way.
  struct Work: Sendable {
    var run: Run
    /// What it does for a pipeline; nil for a run that somebody asked for.
    var part: RunPart?
    var machine: RunMachine
    let journal: AttemptJournal
    /// The message that the next answer answers.
    var question: Identifier<Message>
    /// Whether tools were asked for.
    var hasRounds: Bool
    /// What the first step is made from, read while the beginning was stored.
    var first: Result<RunContext?, any Error>?
    /// Whether it is a pipeline's, whose calls are those of its parts.
    var isPipeline = false

    /// Whose words the answer's are.
    var speaker: Run { part?.speaker ?? run }
  }

  /// What became of a run that was worked on.
  enum Worked: Sendable {
    /// It waits for somebody's approval.
    case waits
    /// It is over; nil when the store would not have it, or somebody else ended it.
    case over(RunEnd?)
  }

  /// Works on a run until it is over or waits for somebody, and that is stored. What a hub cannot store before it leaves, the next start
  /// finds.
  ///
  /// - Parameter part: what it does for a pipeline.
  func work(on run: Run, order: RunOrder, as part: RunPart? = nil) async -> Worked {
    async let context = context(of: run, part)
    guard
      let begun = await patient.store("beginning", of: run, order, { try await begin(run, part) }),
      var work = begun
    else { return await isWaiting(run) ? .waits : .over(nil) }
    work.first = await context
    _ = work.machine.begun()
    let journal = work.journal
    defer { journal.release() }
    guard let end = await answer(&work, order) else { return .waits }
    await journal.settle()
    let final = work
    _ = await patient.store("end", of: run, order) { try await self.end(final, with: end) }
    journal.close()
    return .over(end)
  }

  /// What a run's next step is made from.
  private func context(of run: Run, _ part: RunPart?) async -> Result<RunContext?, any Error> {
    do {
      return .success(try await store.read { try RunContext.load(for: run, part, tools: tools, in: $0) })
    } catch {
      return .failure(error)
    }
  }

  private func isWaiting(_ run: Run) async -> Bool {
    let status = try? await store.read { try $0.runs.get(run.id)?.status }
    return status == .waiting
  }

  /// Marks a run as running, if its turn has come or what it waited for is decided. Were that lost with the machine, the run would begin
  /// again.
  private func begin(_ run: Run, _ part: RunPart?) async throws -> Work? {
    let begun = try await store.write(.relaxed) {
      store -> (run: Run, attempts: [Attempt], isResumed: Bool)? in
      guard var current = try store.runs.get(run.id) else { return nil }
      let isResumed = current.status == .waiting
      guard try current.status == .queued || isResumed && store.toolCalls.waiting(of: run.id).isEmpty else {
        return nil
      }
      current.status = .running
      current.startedAt = current.startedAt ?? store.now
      try store.runs.update(current)
      try store.append(run.event(.run(.running, usage: nil, error: nil), at: store.now))
      return (current, isResumed ? try store.attempts.ofRun(run.id) : [], isResumed)
    }
    guard let begun else { return nil }
    let journal = AttemptJournal(
      run: begun.run, after: begun.attempts, store: store, gate: providers.gate, prices: prices,
      ledger: ledger, budget: part?.budget(of: run), log: patient.log)
    let channel = part.map { $0.speaker == nil } ?? false ? MessageDelta.Channel.step : .final
    return Work(
      run: begun.run, part: part, machine: RunMachine(rollUp: rollUp, channel: channel), journal: journal,
      question: begun.run.input, hasRounds: begun.isResumed)
  }

  /// - Returns: how the run ends; nil when it waits, which is stored.
  private func answer(_ work: inout Work, _ order: RunOrder) async -> RunEnd? {
    if case .success(let context?) = work.first, context.agent.isPipeline {
      work.isPipeline = true
      var pipeline = PipelineDriver(runs: self, work: work, order: order)
      return await pipeline.drive(context)
    }
    do {
      while true {
        switch try await step(&work, order) {
        case .next: continue
        case .waiting: return nil
        case .over(let end): return end
        }
      }
    } catch {
      switch order.given {
      case .stop: return work.machine.stopped()
      case .interrupt: return work.machine.interrupted()
      case .fail(let failure): return work.machine.providerFailed(failure)
      case nil: return work.machine.providerFailed(RunFailure(error))
      }
    }
  }

  private enum Outcome {
    case next, waiting
    case over(RunEnd?)
  }

  /// Asks the model once, or calls the tools of one round.
  private func step(_ work: inout Work, _ order: RunOrder) async throws -> Outcome {
    let run = work.run
    let loaded = if let first = work.first { first } else { await context(of: run, work.part) }
    work.first = nil
    guard let context = try loaded.get() else {
      return .over(
        work.machine.providerFailed(
          RunFailure(
            code: "agent_not_found", message: "The run's agent is gone.", hint: "Invoke another agent.")))
    }
    var loop = context.toolLoop(of: run)
    if loop.step == .call {
      let driver = ToolDriver(
        store: store, run: run, offers: context.offers, parameters: (work.part?.root ?? run).parameters,
        now: { [gate = providers.gate] in gate.now() }, log: patient.log)
      try await driver.perform(&loop)
      return .next
    }
    if context.lacksResults {
      // Everybody said no, or what was refused was all there was: nothing has run that would have stored the results.
      try await store.write { try $0.answerCalls(of: run) }
      return .next
    }
    work.question = context.history.last?.id ?? run.input
    try await listen(to: context, &work)
    return try await answered(&loop, &work, order)
  }

  /// The model has said what it has to say: that is the end, unless it asks for tools.
  private func answered(
    _ loop: inout ToolLoopMachine, _ work: inout Work, _ order: RunOrder
  ) async throws -> Outcome {
    let step = loop.answered(work.machine.toolCalls, at: providers.gate.now())
    switch step {
    case .end: return .over(work.machine.providerEnded())
    case .fail(let error): return .over(work.machine.providerFailed(RunFailure(error)))
    case .call, .ask, .wait:
      try await keep(loop.calls, &work, order)
      return step == .wait ? .waiting : .next
    }
  }

  private func listen(to context: RunContext, _ work: inout Work) async throws {
    let chain = try CallChain(
      agent: context.agent, turns: context.turns, tools: context.offers.map(\.tool.definition))
    work.journal.beginCall()
    answering.begin()
    defer { answering.end() }
    let call = await calls.source(for: chain, of: work.run, work.journal)
    defer { call.cancel() }
    while true {
      try Task.checkCancellation()
      switch try await call.next(until: work.machine.deadline) {
      case .events(let events):
        if let author = call.takeAuthor() {
          work.machine.asked(provider: author.provider, model: author.model)
        }
        let deltas = work.machine.received(events, now: ProviderClient.now, answers: answering.count)
        try await append(deltas, &work)
        if work.machine.isFull { return call.finish() }
      case .deadline:
        try await append(work.machine.deadlinePassed(now: ProviderClient.now), &work)
      case .end:
        return
      }
    }
  }

  /// Waiting for the commit is the back-pressure: while the store is busy the provider's transfer fills, then pauses.
  private func append(_ deltas: [MessageDelta], _ work: inout Work) async throws {
    guard !deltas.isEmpty else { return }
    let speaker = work.speaker
    do {
      try await store.write(.relaxed) { store in
        for delta in deltas {
          try store.append(speaker.event(.messageDelta(delta), at: store.now, message: speaker.output))
        }
      }
    } catch {
      work.machine.notStored(deltas)
      throw error
    }
  }
}

/// How many answers are being written.
final class AnswerCount: Sendable {
  private let answers = Atomic(0)

  var count: Int { answers.load(ordering: .relaxed) }

  func begin() { answers.wrappingAdd(1, ordering: .relaxed) }

  func end() { answers.wrappingSubtract(1, ordering: .relaxed) }
}

extension Run {
  /// An event of this run.
  func event(_ body: EventBody, at: Timestamp, message: Identifier<Message>? = nil) -> Event {
    Event(
      conversation: conversation, run: id, parentRun: parentRun, step: step, agent: agentReference,
      message: message, at: at, body: body)
  }
}

extension RunFailure {
  /// What a run says about an error: the words of coded ones, none of the others', which may hold anything.
  init(_ error: any Error) {
    if let coded = error as? any CodedError {
      self.init(code: coded.code, message: coded.message, hint: coded.hint)
    } else {
      self.init(code: "internal", message: "The hub could not go on with the run.", hint: "The log has more.")
    }
  }
}
