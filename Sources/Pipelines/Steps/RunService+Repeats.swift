package import Basics
package import Model
import Storage

// A question is asked again, from the beginning or from a step of its pipeline.

extension RunService {
  /// Answers a run's message again, in a run and a branch of their own. What the pipeline's steps before a certain one had found out is kept.
  ///
  /// - Parameter step: where to begin; nil begins at the beginning, also with agents that are no pipelines.
  /// - Throws: `run_not_found`, `run_not_over`, `conversation_busy`, `step_not_found`, `invalid_pipeline`, what `invoke` throws.
  package func rerun(_ id: Identifier<Run>, from step: String? = nil) async throws -> Run {
    guard !isDraining else { throw RunError.draining }
    let run = try await store.write { try RunRepeat.enter(id, from: step, in: $0) }
    schedule(run)
    return run
  }
}

/// Enters a run that answers the message of an earlier one.
enum RunRepeat {
  static func enter(
    _ id: Identifier<Run>, from step: String?, in store: WriteTransaction
  ) throws -> Run {
    guard let earlier = try store.runs.get(id) else { throw RunError.runNotFound(id) }
    if let root = earlier.parentRun { throw RunError.isPart(of: root) }
    guard earlier.status.isFinal else { throw RunError.notOver(earlier.status) }
    let agent = try RunEntry.requireActive(earlier.agent, in: store)
    guard let question = try store.messages.get(earlier.input) else {
      throw RunError.messageNotFound(earlier.input, in: earlier.conversation)
    }
    let kept = try step.map { try results(of: earlier, agent, before: $0, in: store) } ?? []
    var run = Run(
      id: store.newIdentifier(), conversation: earlier.conversation, agent: agent.id, agentName: agent.name,
      agentVersion: agent.version, input: earlier.input, output: store.newIdentifier(), createdAt: store.now)
    run.cache = earlier.cache
    run.parameters = earlier.parameters
    run.overrides = earlier.overrides
    var tree = try store.branches.tree(of: run.conversation)
    let asked = AskedQuestion(message: question, run: earlier, agent: agent.id)
    try BranchEntry.begin(.answer, at: asked, &run, &tree, in: store)
    try RunEntry.store(run, nil, in: store)
    for event in kept {
      guard case .other(let type, var members) = event.body else { continue }
      members["from"] = .string(earlier.id.text)
      var voice = run
      voice.step = event.step
      try store.append(voice.event(.other(type, members), at: store.now))
    }
    return run
  }

  /// What the steps before a certain one led to, those apart that hold it.
  private static func results(
    of run: Run, _ agent: Agent, before step: String, in store: WriteTransaction
  ) throws -> [Event] {
    guard agent.isPipeline else { throw RunError.noStep(step, of: []) }
    let all = try PipelinePlan(agent.config?["pipeline"] ?? .null).all
    guard let index = all.firstIndex(where: { $0.id == step }) else {
      throw RunError.noStep(step, of: all.map(\.id))
    }
    let kept = Set(all[..<index].filter { !$0.withInner.contains { $0.id == step } }.map(\.id))
    return try store.events.steps(of: run).filter { stored in
      stored.type == .stepCompleted && stored.step.map(kept.contains) ?? false
    }.map { try $0.event() }
  }
}

extension RunError {
  fileprivate static func isPart(of root: Identifier<Run>) -> Self {
    Self(
      code: "run_is_part", message: "The run is a step of a pipeline's.",
      hint: "POST /api/runs/\(root)/rerun with its step does that step again, and those behind it.")
  }

  fileprivate static func notOver(_ status: Run.Status) -> Self {
    Self(
      code: "run_not_over", message: "The run is still \(status.rawValue).",
      hint: "Wait for it, or stop it first.")
  }

  fileprivate static func noStep(_ step: String, of steps: [String]) -> Self {
    Self(
      code: "step_not_found", message: "The run's agent has no step \(step.prefix(100)).",
      hint: steps.isEmpty ? "It is no pipeline; send no step." : "Steps: \(steps.joined(separator: ", ")).")
  }
}
