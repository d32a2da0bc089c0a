import Basics
import Model
import Storage

/// The run in which an agent works for a step, or why there is none.
enum StepEntry: Sendable {
  case run(Run, RunPart)
  case refused(RunFailure)

  /// Agents that work for one question at most: two ways that each ask their own pipeline again are 2⁸ agents, ten are 10⁸.
  static let most = 300

  /// Makes the run and stores what the agent is asked. A run of the step that waits is taken up again.
  static func enter(
    _ step: String, _ call: AgentCall, of run: Run, _ part: RunPart?, _ log: PipelineLog,
    in store: WriteTransaction
  ) throws -> StepEntry {
    let root = part?.root ?? run
    let speaker = try call.answers ? log.speaker.flatMap { try store.runs.get($0.id) } : nil
    let earlier = try store.runs.parts(of: root.id, step: log.path(of: step))
    var part = RunPart(root: root, speaker: speaker, order: call)
    if call.budget != nil {
      part.spent = try earlier.reduce(.zero) { sum, run in
        try store.attempts.ofTree(run).compactMap(\.cost).reduce(sum, +)
      }
    }
    if let unfinished = earlier.last(where: { !$0.status.isFinal }) { return .run(unfinished, part) }
    guard let agent = try store.agent(called: call.agent) else { return .refused(.noAgent(call.agent)) }
    guard agent.status != .paused else { return .refused(RunFailure(RunError.agentPaused(agent.name))) }
    guard call.input.utf8.count <= RunMachine.maximumText else {
      return .refused(RunFailure(RunError.messageTooLong))
    }
    guard !call.input.isEmpty else { return .refused(.noInput) }
    guard try store.runs.countOfParts(of: root.id) < most else { return .refused(.tooManyParts) }
    return .run(try insert(agent, call.input, log.path(of: step), of: run, root, in: store), part)
  }

  private static func insert(
    _ agent: Agent, _ input: String, _ step: String, of run: Run, _ root: Run, in store: WriteTransaction
  ) throws -> Run {
    var made = Run(
      id: store.newIdentifier(), conversation: run.conversation, agent: agent.id, agentName: agent.name,
      agentVersion: agent.version, parentRun: root.id, input: store.newIdentifier(),
      output: store.newIdentifier(), createdAt: store.now)
    made.step = step
    made.cache = root.cache
    made.branch = root.branch
    let created = MessageCreated(
      role: .user, messageType: .action, text: input, parent: run.input, branch: root.branch)
    let event = try store.append(made.event(.messageCreated(created), at: store.now, message: made.input))
    try store.messages.insert(
      Message(
        id: made.input, conversation: run.conversation, seq: event.seq, parent: run.input, run: made.id,
        role: .user, type: .action, text: input, step: step, branch: root.branch, createdAt: store.now))
    try store.runs.insert(made)
    return made
  }
}

extension RunFailure {
  fileprivate static func noAgent(_ name: String) -> RunFailure {
    RunFailure(
      code: "agent_not_found", message: "There is no agent \(name.prefix(200)).",
      hint: "Name an agent by its id or its name; GET /api/agents lists those there are.")
  }

  fileprivate static let tooManyParts = RunFailure(
    code: "too_many_steps", message: "\(StepEntry.most) agents have worked for the question already.",
    hint: "The pipeline may ask itself, or try its steps too often.")

  fileprivate static let noInput = RunFailure(
    code: "step_input_empty", message: "There is nothing to ask the agent.",
    hint: "The step's input came out empty; check the places in its template.")
}
