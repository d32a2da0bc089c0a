package import Basics
package import Model
package import Storage
import Tools

// Somebody agrees to calls of tools, or does not.

extension RunService {
  /// Decides about calls that a run waits with. Once all are decided the run goes on, in this process or, after a restart, in the next.
  ///
  /// Of several who decide about the same call the first one counts.
  ///
  /// - Returns: the run, and the calls that still wait for a decision; without any, the run goes on.
  /// - Throws: `run_not_found`, `run_not_waiting`, `call_not_waiting`, `tool_arguments_invalid`, what the store throws; nothing is
  ///   decided then.
  package func approve(
    _ id: Identifier<Run>, _ approval: Approval
  ) async throws -> (run: Run, left: [ToolCallRecord]) {
    let tools = tools
    let (run, left) = try await store.write { store in
      let run = try store.waitingPart(of: id)
      let waiting = try store.toolCalls.waiting(of: run.id)
      guard run.status == .waiting, !waiting.isEmpty else { throw RunError.notWaiting(run.status.rawValue) }
      for call in try approval.decide(waiting, at: store.now) {
        if let arguments = call.edited { try Self.check(arguments, call, run, tools, in: store) }
        try store.toolCalls.put(call)
        if call.status.isFinal { try store.tell(call, of: run) }
      }
      let left = try store.toolCalls.waiting(of: run.id)
      if !left.isEmpty { try store.append(run.event(Run.waiting(for: left), at: store.now)) }
      return (run, left)
    }
    if left.isEmpty { await goOn(with: run) }
    // What was decided is decided, even if the run cannot be read again.
    let current = try? await store.read { try $0.runs.get(id) }
    return (current ?? run, left)
  }

  /// The calls that a run has asked for, and those of them that wait for a decision.
  package nonisolated func toolCalls(of run: Identifier<Run>) async throws -> [ToolCallRecord] {
    try await store.read { try $0.toolCalls.ofRun(run) }
  }

  /// What somebody writes must fit as much as what a model writes.
  private static func check(
    _ arguments: JSON, _ call: ToolCallRecord, _ run: Run, _ tools: ToolTable, in store: WriteTransaction
  ) throws {
    let offer = try tools.offers(for: [ToolGrant(name: call.call.name)], of: run.agentName) {
      try store.tools.get($0)
    }
    let faults = offer.flatMap {
      JSONSchema.faults(in: arguments, against: $0.tool.definition.parameters)
    }
    guard faults.isEmpty else { throw RunError.badArguments(faults) }
  }
}

extension Transaction {
  /// The run itself, or of a pipeline's run the one part that waits.
  ///
  /// - Throws: `run_not_found`; `run_not_waiting` when more than one waits, since their calls have the same numbers.
  fileprivate func waitingPart(of id: Identifier<Run>) throws -> Run {
    guard let run = try runs.get(id) else { throw RunError.runNotFound(id) }
    guard run.status == .waiting, try toolCalls.waiting(of: id).isEmpty else { return run }
    let parts = try runs.waitingParts(of: run).filter { try !toolCalls.waiting(of: $0.id).isEmpty }
    guard parts.count < 2 else { throw RunError.waitsInParts(parts) }
    return parts.first ?? run
  }

  /// What somebody has to decide about, before a run goes on: its own calls, or those of the parts of a pipeline's run.
  package func approvals(of run: Run) throws -> [JSON] {
    let own = try toolCalls.waiting(of: run.id).map(\.request)
    return try own
      + runs.waitingParts(of: run).flatMap { part in
        try toolCalls.waiting(of: part.id).map { call in
          var request = call.request.object ?? [:]
          request["run"] = .string(part.id.text)
          request["step"] = part.step.map { .string($0) }
          return JSON.object(request)
        }
      }
  }
}

extension RunError {
  fileprivate static func waitsInParts(_ parts: [Run]) -> Self {
    let names = parts.map { "\($0.id) (\($0.step ?? ""))" }.joined(separator: ", ")
    return Self(
      code: "run_not_waiting", message: "Several steps of the run wait, each in a run of its own.",
      hint: "Decide about each: \(names).")
  }
}

extension Approval {
  /// The calls that are decided now, as they are then.
  fileprivate func decide(
    _ waiting: [ToolCallRecord], at time: Timestamp
  ) throws -> [ToolCallRecord] {
    try items.flatMap { item in
      let chosen = item.call.map { number in waiting.filter { $0.number == number } } ?? waiting
      if let number = item.call, chosen.isEmpty { throw RunError.callNotWaiting(number) }
      return chosen.map { call in
        var call = call
        switch item.decision {
        case .approve: call.approve(with: item.arguments, at: time)
        case .deny: call.deny(because: item.reason, at: time)
        }
        return call
      }
    }
  }
}
