import Basics
import Model
import Providers
import Storage
import Synchronization
import Tools

/// Does what `RunMachine` and `ToolLoopMachine` decide for one run: asks the provider, appends its deltas, calls tools, stores its end.
///
/// Between two steps all that counts is in the store, so that a run which waits for approval needs no task, and goes on in another process.
final class RunDriver: Sendable {
  let store: Store
  let providers: ProviderClient
  let calls: SavedCalls
  let tools: ToolTable
  let rollUp: DeltaRollUp.Limits
  let prices: PriceTable
  let ledger: BudgetLedger
  let patient: PatientStore
  let answering = AnswerCount()

  init(
    store: Store, providers: ProviderClient, calls: SavedCalls, tools: ToolTable, rollUp: DeltaRollUp.Limits,
    prices: PriceTable, ledger: BudgetLedger, patient: PatientStore
  ) {
    self.store = store
    self.providers = providers
    self.calls = calls
    self.tools = tools
    self.rollUp = rollUp
    self.prices = prices
    self.ledger = ledger
    self.patient = patient
  }

  /// A run under way. What is large is boxed: all of it stays in frames for as long as the answer takes.
  struct Work: Sendable {
    @Boxed var run: Run
    /// What it does for a pipeline; nil for a run that somebody asked for.
    var part: RunPart?
    @Boxed var machine: RunMachine
    let journal: AttemptJournal
    /// The message that the next answer answers.
    var question: Identifier<Message>
    /// Whether tools were asked for.
    var hasRounds: Bool
    /// What the next step is made from; nil until it is read, which for the first one is while the beginning is stored.
    @Boxed var context: Result<RunContext?, any Error>?
    /// The rounds of tools so far.
    @Boxed var loop: ToolLoopMachine?
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
    indirect case over(RunEnd?)
  }

  /// Works on a run until it is over or waits for somebody, and that is stored. What a hub cannot store before it leaves, the next start
  /// finds.
  ///
  /// - Parameter part: what it does for a pipeline.
  func work(on run: Run, order: RunOrder, as part: RunPart? = nil) async -> Worked {
    guard var work = await begun(run, order, part) else { return await isWaiting(run) ? .waits : .over(nil) }
    let journal = work.journal
    defer { journal.release() }
    guard let end = await answer(&work, order) else { return .waits }
    await finish(work, with: end, order)
    return .over(end)
  }

  /// - Returns: nil when it is not the run's turn, or that cannot be stored.
  private func begun(_ run: Run, _ order: RunOrder, _ part: RunPart?) async -> Work? {
    async let context = context(of: run, part)
    guard
      let begun = await patient.store("beginning", of: run, order, { try await begin(run, part) }),
      var work = begun
    else { return nil }
    work.context = await context
    if case .success(let context?) = work.context { work.isPipeline = context.agent.isPipeline }
    _ = work.machine.begun()
    return work
  }

  private func finish(_ work: Work, with end: RunEnd, _ order: RunOrder) async {
    await work.journal.settle()
    _ = await patient.store("end", of: work.run, order) { try await self.end(work, with: end) }
    work.journal.close()
  }

  /// What a run's next step is made from.
  func context(of run: Run, _ part: RunPart?) async -> Result<RunContext?, any Error> {
    do {
      return .success(
        try await store.read { [tools] in try RunContext.load(for: run, part, tools: tools, in: $0) })
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
    if work.isPipeline { return await drive(work, order) }
    do {
      while true {
        switch try await step(&work, order) {
        case .next: continue
        case .waiting: return nil
        case .over(let end): return end
        }
      }
    } catch {
      return end(&work, because: error, order)
    }
  }

  @inline(never) private func end(_ work: inout Work, because error: any Error, _ order: RunOrder) -> RunEnd?
  {
    switch order.given {
    case .stop: work.machine.stopped()
    case .interrupt: work.machine.interrupted()
    case .fail(let failure): work.machine.providerFailed(failure)
    case nil: work.machine.providerFailed(RunFailure(error))
    }
  }

  @inline(never) private func drive(_ work: Work, _ order: RunOrder) async -> RunEnd? {
    guard case .success(let context?) = work.context else { return nil }
    var pipeline = PipelineDriver(runs: self, work: work, order: order)
    return await pipeline.drive(context)
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
      let cause = (error as? ProviderError)?.cause
      self.init(
        code: coded.code, message: coded.message, hint: coded.hint, cause: cause?.rawValue,
        retryAfterMilliseconds: coded.retryAfterMilliseconds)
    } else {
      self.init(code: "internal", message: "The hub could not go on with the run.", hint: "The log has more.")
    }
  }
}
