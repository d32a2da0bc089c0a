package import Basics
package import Model

/// A pipeline on its way as a value: which steps work, what is known, what comes next.
///
/// It takes what became of steps and says what to do. It has no clock and asks nobody, so the same results always lead the same way:
/// that is how a run goes on after a restart, or again from one of its steps.
package struct PipelineMachine: Sendable {
  /// What to do, in order.
  package enum Action: Equatable, Sendable {
    /// A step has begun.
    case began(String)
    /// Work that `finished` or `failed` must follow.
    case perform(String, attempt: Int, StepTask)
    /// A step chose a way or a label.
    case decided(String, label: String)
    case completed(String, StepResult)
    /// A try of a step failed; another one follows if it is tried again.
    case failed(String, RunFailure, isTriedAgain: Bool)
    /// The work of a step is not wanted any more.
    case cancel(String)
    /// A piece of the pipeline's own answer that no agent has said.
    case say(String)
    /// Nothing more will happen.
    case end(RunFailure?)
  }

  /// One sequence of steps under way.
  private struct Frame {
    let steps: [PipelineStep]
    var next = 0
    /// The frame and the step it is a way of; nil for the plan's own.
    let parent: Int?
    /// The name of the way.
    let name: String
    var last = StepResult(text: "")
  }

  private struct Working {
    let frame: Int
    var attempt: Int
  }

  private let answering: Set<String>
  private let known: [String: StepResult]
  private var values: PipelineValues
  private var frames: [Int: Frame] = [:]
  private var frameCount = 0
  private var working: [String: Working] = [:]
  /// The ways of a parallel step that are over, by its id.
  private var joined: [String: [String: StepResult]] = [:]
  private let plan: PipelinePlan
  private var isOver = false
  private var actions: [Action] = []

  /// - Parameter known: results of steps that need not be worked for again.
  package init(_ plan: PipelinePlan, values: PipelineValues, known: [String: StepResult] = [:]) {
    self.plan = plan
    self.values = values
    // Also what stands inside steps that are known as a whole, which are not entered again.
    self.values.steps.merge(known) { $1 }
    self.known = known
    answering = Self.answering(in: plan.steps)
  }

  /// What is known so far.
  package var results: [String: StepResult] { values.steps }

  /// Starts with the first step.
  package mutating func begin() -> [Action] {
    perform { machine in
      machine.enter(Frame(steps: machine.plan.steps, parent: nil, name: ""))
    }
  }

  /// A step's work is done. A step that is not worked on is ignored.
  package mutating func finished(
    _ id: String, text: String, data: JSON? = nil, tools: JSONObject? = nil
  ) -> [Action] {
    perform { machine in
      guard let work = machine.working.removeValue(forKey: id) else { return }
      var result = machine.result(of: id, in: work.frame, text: text, data: data)
      result.tools = tools
      machine.complete(in: work.frame, result)
    }
  }

  /// A step's work has failed.
  ///
  /// - Parameter mayRepeat: whether another try would leave no trace of this one.
  package mutating func failed(_ id: String, _ failure: RunFailure, mayRepeat: Bool = true) -> [Action] {
    perform { machine in
      guard let work = machine.working[id], let step = machine.step(of: work.frame) else { return }
      guard mayRepeat, work.attempt < step.attempts else {
        machine.working[id] = nil
        return machine.fail(step, in: work.frame, failure)
      }
      machine.actions.append(.failed(id, failure, isTriedAgain: true))
      machine.work(on: step, in: work.frame, attempt: work.attempt + 1)
    }
  }

  private mutating func perform(_ body: (inout Self) -> Void) -> [Action] {
    guard !isOver else { return [] }
    body(&self)
    defer { actions = [] }
    return actions
  }

  // MARK: Steps

  private mutating func enter(_ frame: Frame) {
    frameCount += 1
    frames[frameCount] = frame
    advance(frameCount)
  }

  private func step(of frame: Int) -> PipelineStep? {
    guard let frame = frames[frame], frame.next < frame.steps.count else { return nil }
    return frame.steps[frame.next]
  }

  private mutating func advance(_ number: Int) {
    guard !isOver, frames[number] != nil else { return }
    guard let step = step(of: number) else { return leave(number) }
    if let result = known[step.id] { return complete(in: number, result, isKnown: true) }
    actions.append(.began(step.id))
    switch step.work {
    case .agent, .classify, .handover, .tool: work(on: step, in: number, attempt: 1)
    case .compose(let text): compose(step, in: number, text.text(in: values))
    case .branch(let on, let cases, let otherwise):
      branch(step, in: number, on.text(in: values), cases, otherwise)
    case .parallel(let ways):
      joined[step.id] = [:]
      // A way that fails at once takes the others with it.
      for way in ways where joined[step.id] != nil {
        enter(Frame(steps: way.steps, parent: number, name: way.name))
      }
    }
  }

  private mutating func work(on step: PipelineStep, in frame: Int, attempt: Int) {
    guard let task = StepTask(step.work, values: values, answers: answering.contains(step.id)) else { return }
    working[step.id] = Working(frame: frame, attempt: attempt)
    actions.append(.perform(step.id, attempt: attempt, task))
  }

  private mutating func compose(_ step: PipelineStep, in number: Int, _ text: String) {
    guard text.utf8.count <= RunMachine.maximumText else {
      return fail(
        step, in: number,
        RunFailure(
          code: "step_text_too_long",
          message: "The text came out longer than the \(RunMachine.maximumText) bytes of a message.",
          hint: "Fill fewer places with whole texts."))
    }
    complete(in: number, StepResult(text: text))
  }

  private mutating func branch(
    _ step: PipelineStep, in number: Int, _ value: String, _ cases: [StepCase], _ otherwise: [PipelineStep]?
  ) {
    let way = cases.first { $0.name == value } ?? otherwise.map { StepCase(name: "otherwise", steps: $0) }
    guard let way else {
      let names = cases.map(\.name).joined(separator: ", ")
      return fail(
        step, in: number,
        RunFailure(
          code: "no_way", message: "There is no way for \"\(value.prefix(100))\".",
          hint: "Ways: \(names). Give the step an otherwise."))
    }
    actions.append(.decided(step.id, label: way.name))
    enter(Frame(steps: way.steps, parent: number, name: way.name))
  }

  private func result(of id: String, in frame: Int, text: String, data: JSON?) -> StepResult {
    guard case .classify(_, let ladder)? = step(of: frame)?.work else {
      return StepResult(text: text, data: data ?? AnswerObject.first(in: text))
    }
    let finding = ladder.find(in: text, question: values.input)
    return StepResult(text: text, label: finding.label, data: finding.data)
  }

  private mutating func complete(in number: Int, _ result: StepResult, isKnown: Bool = false) {
    guard let step = step(of: number) else { return }
    values.steps[step.id] = result
    if !isKnown {
      if let label = result.label, case .classify = step.work {
        actions.append(.decided(step.id, label: label))
      }
      actions.append(.completed(step.id, result))
    }
    let isHeard = !isKnown && step.work.isHeardLive && result.error == nil
    if answering.contains(step.id), !isHeard, !result.text.isEmpty { actions.append(.say(result.text)) }
    frames[number]?.last = result
    frames[number]?.next += 1
    advance(number)
  }

  /// A way is at its end.
  private mutating func leave(_ number: Int) {
    guard let frame = frames.removeValue(forKey: number) else { return }
    guard let parent = frame.parent, let step = step(of: parent) else { return end(nil) }
    guard case .parallel(let ways) = step.work else {
      return complete(in: parent, StepResult(text: frame.last.text, label: frame.name, data: frame.last.data))
    }
    joined[step.id]?[frame.name] = frame.last
    guard let results = joined[step.id], results.count == ways.count else { return }
    joined[step.id] = nil
    let texts = ways.compactMap { results[$0.name]?.text }.filter { !$0.isEmpty }
    var data: JSONObject = [:]
    for way in ways { data[way.name] = results[way.name]?.json ?? .null }
    let text = texts.joined(separator: "\n\n").prefix(utf8Count: RunMachine.maximumText)
    complete(in: parent, StepResult(text: text, data: .object(data)))
  }

  // MARK: Ends

  /// Takes a failure to the nearest step around it that may fail, or ends the pipeline.
  ///
  /// - Parameter first: the step that failed, when it is one inside of `step`.
  private mutating func fail(
    _ step: PipelineStep, in number: Int, _ failure: RunFailure, first: PipelineStep? = nil
  ) {
    actions.append(.failed(step.id, failure, isTriedAgain: false))
    if step.mayFail { return complete(in: number, StepResult(text: "", error: failure)) }
    guard let parent = frames[number]?.parent, let outer = self.step(of: parent) else {
      for id in working.keys.sorted() { actions.append(.cancel(id)) }
      var failure = failure
      failure.message = "Step \((first ?? step).id): \(failure.message)"
      return end(failure)
    }
    abandon(below: parent)
    joined[outer.id] = nil
    fail(outer, in: parent, failure, first: first ?? step)
  }

  private mutating func abandon(below number: Int) {
    for child in frames.keys.sorted() where frames[child]?.parent == number {
      abandon(below: child)
      frames[child] = nil
      for id in working.keys.sorted() where working[id]?.frame == child {
        working[id] = nil
        actions.append(.cancel(id))
      }
    }
  }

  private mutating func end(_ failure: RunFailure?) {
    isOver = true
    working = [:]
    frames = [:]
    actions.append(.end(failure))
  }

  /// The steps behind which nothing can come: what they say is the pipeline's answer.
  private static func answering(in steps: [PipelineStep]) -> Set<String> {
    guard let last = steps.last else { return [] }
    guard case .branch = last.work else { return [last.id] }
    return last.work.inner.reduce(into: []) { $0.formUnion(answering(in: $1)) }
  }
}

/// What is to be done for a step, with all places filled.
package enum StepTask: Equatable, Sendable {
  case agent(AgentCall)
  case tool(name: String, arguments: JSON)

  init?(_ work: StepWork, values: PipelineValues, answers: Bool) {
    switch work {
    case .agent(let order), .handover(let order):
      self = .agent(AgentCall(order, values: values, answers: answers))
    case .classify(let order, _): self = .agent(AgentCall(order, values: values, answers: false))
    case .tool(let name, let arguments): self = .tool(name: name, arguments: arguments.filled(from: values))
    case .branch, .parallel, .compose: return nil
    }
  }
}

/// An agent's share of a pipeline.
package struct AgentCall: Equatable, Sendable {
  /// Id or name.
  package let agent: String
  package let input: String
  /// How the step wants the agent.
  package let overrides: AgentOverrides
  package let hasHistory: Bool
  package let budget: Cost?
  /// Whether what it says is the pipeline's answer, shown as it comes.
  package let answers: Bool

  init(_ order: AgentOrder, values: PipelineValues, answers: Bool) {
    agent = order.agent.text(in: values)
    input = order.input.text(in: values)
    var overrides = AgentOverrides()
    overrides.config = order.config ?? [:]
    overrides.provider = order.provider
    overrides.model = order.model
    self.overrides = overrides
    hasHistory = order.hasHistory
    budget = order.budget
    self.answers = answers
  }
}

extension StepWork {
  /// Whether those who watch hear the step's text while it grows, if it answers.
  fileprivate var isHeardLive: Bool {
    switch self {
    case .agent, .handover: true
    case .classify, .branch, .parallel, .tool, .compose: false
    }
  }
}
