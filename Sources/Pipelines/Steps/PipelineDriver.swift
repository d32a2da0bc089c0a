import Basics
import Model
import Storage

/// Does what `PipelineMachine` decides for one run: lets agents answer, each in a run of its own, calls tools, and tells how it comes along.
///
/// What has been decided and found out is in the log before the next step begins. So a pipeline that waits for somebody's approval needs no
/// task, and goes on in another process from what the log says.
struct PipelineDriver {
  /// A step that is worked on.
  private struct Working {
    let task: Task<StepDriver.Outcome, Never>
    let order: RunOrder
  }

  private let runs: RunDriver
  private let order: RunOrder
  private let run: Run
  private let part: RunPart?
  private var log: PipelineLog
  private var plan: PipelinePlan?
  private var machine: PipelineMachine?
  private var working: [String: Working] = [:]
  /// Steps whose runs wait for somebody's approval.
  private var waiting: Set<String> = []
  /// What is said so far.
  private var answer = ""

  init(runs: RunDriver, work: RunDriver.Work, order: RunOrder) {
    self.runs = runs
    self.order = order
    run = work.run
    part = work.part
    log = PipelineLog(run: work.run, speaker: work.part.map(\.speaker) ?? work.run)
  }

  /// - Returns: how the run ends; nil when it waits, which is stored.
  mutating func drive(_ context: RunContext) async -> RunEnd? {
    let (ended, sink) = AsyncStream.makeStream(of: String.self)
    let result: Result<RunFailure?, any Error>
    do {
      switch try await drive(context, ended, sink) {
      case .waits: return nil
      case .over(let failure): result = .success(failure)
      }
    } catch {
      result = .failure(error)
    }
    for step in working.values { step.task.cancel() }
    for step in working.values { answer += await step.task.value.said }
    return end(result)
  }

  private func end(_ result: Result<RunFailure?, any Error>) -> RunEnd {
    switch (result, order.given) {
    case (.success(nil), _): end(.completed, finish: "stop")
    case (.success(let failure?), _): end(.failed, finish: "failed", failure)
    case (.failure, .stop): end(.stopped, finish: "stopped")
    case (.failure, .interrupt): end(.interrupted, finish: "interrupted", .interrupted)
    case (.failure, .fail(let failure)): end(.failed, finish: "failed", failure)
    case (.failure(let error), nil): end(.failed, finish: "failed", RunFailure(error))
    }
  }

  private func end(_ status: Run.Status, finish: String, _ error: RunFailure? = nil) -> RunEnd {
    let text = answer.prefix(utf8Count: RunMachine.maximumText)
    return RunEnd(
      status: status, deltas: [], parts: text.isEmpty ? [] : [.text(text)],
      finish: text.utf8.count < answer.utf8.count ? "length" : finish, usage: nil, error: error)
  }

  /// How far a pipeline came.
  private enum Outcome {
    /// It waits for somebody, which is stored.
    case waits
    /// Nothing more is to be done; nil when all went well.
    case over(RunFailure?)
  }

  private mutating func drive(
    _ context: RunContext, _ ended: AsyncStream<String>, _ sink: AsyncStream<String>.Continuation
  ) async throws -> Outcome {
    var actions = try await begin(context)
    var next = ended.makeAsyncIterator()
    while true {
      try Task.checkCancellation()
      let entered = try await tell(actions)
      for action in actions {
        if case .end(let failure) = action { return .over(failure) }
        await perform(action, entered, sink)
      }
      if working.isEmpty, !waiting.isEmpty {
        try await park()
        return .waits
      }
      // A cancelled task gets nothing more.
      guard let step = await next.next() else { throw CancellationError() }
      actions = await take(step)
    }
  }

  /// Reads what is to be done, and how far it has come.
  private mutating func begin(_ context: RunContext) async throws -> [PipelineMachine.Action] {
    let depth = run.step?.split(separator: ".").count ?? 0
    guard depth < PipelinePlan.deepest else {
      throw PlanError(step: run.step, "is a pipeline inside pipelines more than \(PipelinePlan.deepest) deep")
    }
    let plan = try PipelinePlan(context.agent.config?["pipeline"] ?? .null)
    let (log, run, root) = (log, run, part?.root ?? run)
    let (known, input) = try await runs.store.read { store in
      (try log.read(in: store), try store.messages.get(run.input)?.text ?? "")
    }
    let history = plan.readsHistory ? context.historyText(before: run.input) : ""
    let values = PipelineValues(input: input, history: history, parameters: root.parameters)
    var machine = PipelineMachine(plan, values: values, known: known.results)
    let actions = machine.begin()
    self.log.types = Dictionary(uniqueKeysWithValues: plan.all.map { ($0.id, $0.work.type) })
    self.log.told = known.told
    self.plan = plan
    self.machine = machine
    return actions
  }

  /// Stores what the actions say, and the runs of agents that begin, in one transaction.
  private mutating func tell(_ actions: [PipelineMachine.Action]) async throws -> [String: StepEntry] {
    guard !actions.isEmpty else { return [:] }
    let (log, part, run, said) = (log, part, run, answer)
    let stored = await runs.patient.store("steps", of: run, order) { [runs] in
      try await runs.store.write(.relaxed) { store in
        var changed = log
        let entered = try changed.write(actions, after: said, in: store) { step, call in
          try StepEntry.enter(step, call, of: run, part, log, in: store)
        }
        return (changed, entered)
      }
    }
    guard let stored else { throw CancellationError() }
    self.log = stored.0
    return stored.1
  }

  private mutating func perform(
    _ action: PipelineMachine.Action, _ entered: [String: StepEntry],
    _ sink: AsyncStream<String>.Continuation
  ) async {
    switch action {
    case .perform(let step, _, let task):
      let order = order.part()
      let limit = plan?.all.first { $0.id == step }?.timeout
      let driver = StepDriver(
        runs: runs, run: log.voice(of: step), parameters: (part?.root ?? run).parameters, order: order)
      let job = Task {
        let outcome = await driver.perform(task, entered[step], limit: limit)
        sink.yield(step)
        return outcome
      }
      working[step] = Working(task: job, order: order)
    case .cancel(let step): await cancel(step)
    case .say(let text): answer += text
    case .began, .decided, .completed, .failed, .end: break
    }
  }

  /// Another way has failed, and takes this step with it.
  private mutating func cancel(_ step: String) async {
    if let work = working.removeValue(forKey: step) {
      work.order.give(.fail(.stepUnneeded))
      work.task.cancel()
      // It may just have come to wait.
      if case .waits = await work.task.value.result { await endWaiting(step) }
    } else if waiting.remove(step) != nil {
      await endWaiting(step)
    }
  }

  private func endWaiting(_ step: String) async {
    let (run, path) = (run, log.path(of: step))
    guard
      let part = try? await runs.store.read({ store in
        try store.runs.parts(of: run.parentRun ?? run.id, step: path).last
      })
    else { return }  // what is left then ends with the whole run
    _ = await runs.patient.store("end", of: part, order) { [runs] in
      try await runs.end(part, with: .stoppedBeforeStart)
    }
  }

  private mutating func take(_ step: String) async -> [PipelineMachine.Action] {
    // One that was cancelled in the meantime is gone.
    guard let outcome = await working.removeValue(forKey: step)?.task.value else { return [] }
    answer += outcome.said
    switch outcome.result {
    case .finished(let text, let data, let tools):
      return machine?.finished(step, text: text, data: data, tools: tools) ?? []
    case .failed(let failure):
      // What everybody has read cannot be said again in other words.
      return machine?.failed(step, failure, mayRepeat: outcome.said.isEmpty) ?? []
    case .waits:
      waiting.insert(step)
      return []
    }
  }

  /// Stores that the run waits. Whoever decides in this moment waits for its task to end.
  private func park() async throws {
    let run = run
    let parked: Void? = await runs.patient.store("waiting", of: run, order) { [runs] in
      try await runs.store.write { try PipelineLog.park(run, in: $0) }
    }
    if parked == nil { throw CancellationError() }
  }
}

extension RunFailure {
  /// A step's work is not wanted any more.
  fileprivate static let stepUnneeded = RunFailure(
    code: "step_unneeded", message: "Another step failed, so that this one was not needed any more.")
}
