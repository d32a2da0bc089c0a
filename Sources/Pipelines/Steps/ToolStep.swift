import Basics
import Model
import Providers
import Storage
import Tools

/// A tool that a pipeline calls by itself, without a model: told and kept as any call of a tool is.
struct ToolStep: Sendable {
  let runs: RunDriver
  /// The pipeline's run, as it speaks of this step.
  let run: Run
  let parameters: JSONObject

  /// - Throws: `tool_not_found`, `tool_arguments_invalid`, `tool_needs_approval`, what the tool throws.
  func call(_ name: String, _ arguments: JSON) async throws -> ToolAnswer {
    let (tools, agent) = (runs.tools, run.agentName)
    let offer = try await runs.store.read { store in
      try tools.offers(for: [ToolGrant(name: name)], of: agent) { try store.tools.get($0) }[0]
    }
    // Approval belongs to agents, whose wishes nobody foresees; a plan was agreed to when it was written.
    guard !offer.needsApproval else { throw RunError.needsApproval(name) }
    let faults = JSONSchema.faults(in: arguments, against: offer.tool.definition.parameters)
    guard faults.isEmpty else { throw RunError.badArguments(faults) }
    var record = try await begin(name, arguments)
    do {
      let context = ToolContext(
        run: run.id, conversation: run.conversation, agent: run.agentReference, call: record.number,
        parameters: parameters)
      let answer = try await offer.call(arguments.object ?? [:], in: context)
      record.finish(answer, limit: offer.tool.terms.maximumResult)
      try await end(&record)
      return ToolAnswer(parts: record.result ?? answer.parts, isError: answer.isError)
    } catch {
      let told = reason(of: error, name)
      record.fail(RunFailure(told))
      try await end(&record)
      throw told
    }
  }

  /// The words of coded errors only: those of others may hold anything, and are for the log.
  private func reason(of error: any Error, _ name: String) -> any CodedError {
    if let coded = error as? any CodedError { return coded }
    if Task.isCancelled { return RunError.toolStopped }
    runs.patient.log.write(
      .error, "A tool failed", ["tool": name, "run": run.id.text, "error": "\(error)"])
    return ToolError.failed(name)
  }

  private func begin(_ name: String, _ arguments: JSON) async throws -> ToolCallRecord {
    let (run, now) = (run, runs.providers.gate.now())
    return try await runs.store.write { store in
      let number = (try store.toolCalls.ofRun(run.id).last?.number ?? 0) + 1
      var record = ToolCallRecord(
        run: run.id, number: number, round: number,
        call: ToolCall(id: run.step ?? name, name: name, arguments: arguments.text), status: .running,
        createdAt: now)
      record.startedAt = now
      try store.toolCalls.put(record)
      try store.tell(record, of: run)
      return record
    }
  }

  private func end(_ record: inout ToolCallRecord) async throws {
    record.finishedAt = runs.providers.gate.now()
    let (run, ended) = (run, record)
    try await runs.store.write(.relaxed) { store in
      try store.toolCalls.put(ended)
      try store.tell(ended, of: run)
    }
  }
}

extension ToolOffer {
  /// Calls the tool, for as long as its terms allow.
  ///
  /// - Throws: `tool_timeout`, what the tool throws.
  func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    let limit = tool.terms.timeLimit
    return try await withThrowingTaskGroup(of: ToolAnswer?.self) { group in
      group.addTask { try await tool.call(arguments, in: context) }
      group.addTask {
        // A stop ends the sleep, too; what the tool then says is still its answer.
        guard (try? await Task.sleep(for: limit)) != nil else { return nil }
        throw ToolError.timeout(name, after: limit)
      }
      defer { group.cancelAll() }
      while let first = try await group.next() {
        if let first { return first }
      }
      throw CancellationError()
    }
  }
}

extension RunError {
  /// Why a tool has no result.
  static let toolStopped = RunError(
    code: "tool_stopped", message: "The run ended before the tool had answered.",
    hint: "Ask again, if the answer is still wanted.")

  fileprivate static func needsApproval(_ name: String) -> Self {
    Self(
      code: "tool_needs_approval",
      message: "Somebody must agree to each call of the tool \(name), which a step cannot ask for.",
      hint: "Let an agent call it: its calls wait for approval.")
  }
}
