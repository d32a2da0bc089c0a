import Basics
import Model
import Providers
import Storage

/// Does what `RunMachine` decides for one run: asks the provider, appends its deltas, stores its end.
struct RunDriver: Sendable {
  let store: Store
  let providers: ProviderClient
  let rollUp: DeltaRollUp.Limits
  let prices: PriceTable
  let ledger: BudgetLedger
  let patient: PatientStore

  /// Works on a queued run until it is over and its end is stored. What a hub cannot store before it leaves, the next start finds.
  func work(on run: Run, order: RunOrder) async {
    async let context = context(of: run)
    guard await patient.store("beginning", of: run, order, { try await begin(run) }) == true else { return }
    var machine = RunMachine(rollUp: rollUp)
    _ = machine.begun()
    let journal = AttemptJournal(
      run: run, store: store, gate: providers.gate, prices: prices, ledger: ledger, log: patient.log)
    defer { ledger.release(run) }
    guard let end = await answer(run, context, &machine, order, journal) else { return }
    _ = await patient.store("end", of: run, order) { try await self.end(run, with: end, after: journal) }
  }

  /// What a run works on; read while its beginning is stored.
  private func context(of run: Run) async -> Result<RunContext?, any Error> {
    do {
      return .success(try await store.read { try RunContext.load(for: run, in: $0) })
    } catch {
      return .failure(error)
    }
  }

  /// Marks a run as running, if it still waits. Were that lost with the machine, the run would begin again.
  private func begin(_ run: Run) async throws -> Bool {
    try await store.write(.relaxed) { store in
      guard var current = try store.runs.get(run.id), current.status == .queued else { return false }
      current.status = .running
      current.startedAt = store.now
      try store.runs.update(current)
      try store.append(run.event(.run(.running, usage: nil, error: nil), at: store.now))
      return true
    }
  }

  private func answer(
    _ run: Run, _ context: Result<RunContext?, any Error>, _ machine: inout RunMachine, _ order: RunOrder,
    _ journal: AttemptJournal
  ) async -> RunEnd? {
    do {
      guard let context = try context.get() else {
        return machine.providerFailed(
          RunFailure(
            code: "agent_not_found", message: "The run's agent is gone.", hint: "Invoke another agent."))
      }
      try await listen(to: context, run, &machine, journal)
      return machine.providerEnded()
    } catch {
      switch order.given {
      case .stop: return machine.stopped()
      case .interrupt: return machine.interrupted()
      case nil: return machine.providerFailed(RunFailure(error))
      }
    }
  }

  private func listen(
    to context: RunContext, _ run: Run, _ machine: inout RunMachine, _ journal: AttemptJournal
  ) async throws {
    let chain = try CallChain(agent: context.agent, turns: context.turns)
    let call = CallDriver(chain, client: providers, journal: journal, log: patient.log)
    defer { call.cancel() }
    while true {
      try Task.checkCancellation()
      switch try await call.next(until: machine.deadline) {
      case .events(let events):
        if let author = call.takeAuthor() { machine.asked(provider: author.provider, model: author.model) }
        try await append(machine.received(events, now: ProviderClient.now), to: run, &machine)
        if machine.isFull { return call.finish() }
      case .deadline:
        try await append(machine.deadlinePassed(now: ProviderClient.now), to: run, &machine)
      case .end:
        return
      }
    }
  }

  /// Waiting for the commit is the back-pressure: while the store is busy the provider's transfer fills, then pauses.
  private func append(_ deltas: [MessageDelta], to run: Run, _ machine: inout RunMachine) async throws {
    guard !deltas.isEmpty else { return }
    do {
      try await store.write(.relaxed) { store in
        for delta in deltas {
          try store.append(run.event(.messageDelta(delta), at: store.now, message: run.output))
        }
      }
    } catch {
      machine.notStored(deltas)
      throw error
    }
  }

  /// Stores a run's end: the rest of its text, its messages, its usage and its state, in one synced transaction.
  ///
  /// - Parameter journal: the tries that the answer took; nil when there were none.
  func end(_ run: Run, with end: RunEnd, after journal: AttemptJournal? = nil) async throws {
    try await store.write { store in
      guard var current = try store.runs.get(run.id), !current.status.isFinal else { return }
      for delta in end.deltas {
        try store.append(run.event(.messageDelta(delta), at: store.now, message: run.output))
      }
      try journal?.write(in: store)
      if !end.thought.isEmpty { try Self.insertThought(end.thought, of: run, in: store) }
      if end.status == .completed || !end.text.isEmpty || end.keptParts != nil {
        try Self.insertAnswer(end, usage: journal?.attempts.last?.usage ?? end.usage, of: run, in: store)
      }
      let attempts = journal?.attempts ?? []
      current.status = end.status
      current.finishedAt = store.now
      current.usage = attempts.usage ?? end.usage
      // Who asked nobody paid nobody.
      current.cost = attempts.isEmpty ? end.usage.map { _ in .zero } : attempts.cost
      current.error = end.error
      try store.runs.update(current)
      let body = EventBody.run(
        current.status, usage: current.usage, cost: current.cost, error: current.error)
      try store.append(run.event(body, at: store.now))
    }
  }

  /// - Parameter usage: of the call that gave the answer; those before it count for the run.
  private static func insertAnswer(
    _ end: RunEnd, usage: Usage?, of run: Run, in store: WriteTransaction
  ) throws {
    let completed = MessageCompleted(
      text: end.text, finish: end.finish, parent: run.input, usage: usage, parts: end.shownParts?.json)
    let event = try store.append(
      run.event(.messageCompleted(completed), at: store.now, message: run.output))
    try store.messages.insert(
      Message(
        id: run.output, conversation: run.conversation, seq: event.seq, parent: run.input, run: run.id,
        agent: run.agent, role: .agent, text: end.text, parts: end.keptParts?.json, createdAt: store.now))
  }

  /// Visible reasoning becomes a message of its own, of type thought, beside the answer.
  private static func insertThought(_ thought: String, of run: Run, in store: WriteTransaction) throws {
    let id: Identifier<Message> = store.newIdentifier()
    let created = MessageCreated(role: .agent, messageType: .thought, text: thought, parent: run.input)
    let event = try store.append(run.event(.messageCreated(created), at: store.now, message: id))
    try store.messages.insert(
      Message(
        id: id, conversation: run.conversation, seq: event.seq, parent: run.input, run: run.id,
        agent: run.agent, role: .agent, type: .thought, text: thought, createdAt: store.now))
  }
}

extension Run {
  /// An event of this run.
  func event(_ body: EventBody, at: Timestamp, message: Identifier<Message>? = nil) -> Event {
    Event(
      conversation: conversation, run: id, parentRun: parentRun,
      agent: AgentReference(id: agent, name: agentName), message: message, at: at, body: body)
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
