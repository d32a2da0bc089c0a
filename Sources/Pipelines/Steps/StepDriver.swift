import Basics
import Model
import Storage
import Tools

/// Does the work of one step: lets an agent answer, or calls a tool.
struct StepDriver: Sendable {
  /// What came of a step's work.
  struct Outcome: Sendable {
    enum Result: Sendable {
      case finished(text: String, data: JSON?, tools: JSONObject?)
      case failed(RunFailure)
      /// Its run waits for somebody's approval.
      case waits
    }

    let result: Result
    /// What of the pipeline's answer it has said, whether it finished or not.
    var said = ""
  }

  let runs: RunDriver
  /// The pipeline's run, as it speaks of this step.
  let run: Run
  let parameters: JSONObject
  let order: RunOrder

  /// - Parameters:
  ///   - entry: the run of an agent's step.
  ///   - limit: seconds; the time that somebody takes to approve a tool does not count.
  func perform(_ task: StepTask, _ entry: StepEntry?, limit: Double?) async -> Outcome {
    switch (task, entry) {
    case (.agent, .run(let run, let part)): await limited(to: limit) { await work(on: run, part) }
    case (.agent, .refused(let failure)): Outcome(result: .failed(failure))
    case (.agent, nil): Outcome(result: .failed(.notWorked))
    case (.tool(let name, let arguments), _):
      await limited(to: limit) { Outcome(result: await call(name, arguments)) }
    }
  }

  private func limited(to limit: Double?, _ work: @escaping @Sendable () async -> Outcome) async -> Outcome {
    guard let limit else { return await work() }
    let job = Task { await work() }
    let clock = Task {
      try await Task.sleep(for: .seconds(limit))
      order.give(.fail(.tookTooLong(limit)))
      job.cancel()
    }
    defer { clock.cancel() }
    return await withTaskCancellationHandler {
      await job.value
    } onCancel: {
      job.cancel()
    }
  }

  // MARK: Agents

  private func work(on run: Run, _ part: RunPart) async -> Outcome {
    switch await runs.work(on: run, order: order, as: part) {
    case .waits: return Outcome(result: .waits)
    case .over(nil): return Outcome(result: .failed(.notWorked))
    case .over(let end?):
      let said = part.speaker == nil ? "" : end.text
      guard end.status == .completed else {
        return Outcome(result: .failed(end.error ?? .stepStopped), said: said)
      }
      let tools = try? await runs.store.read { try $0.toolCalls.ofRun(run.id).lastResults }
      return Outcome(result: .finished(text: end.text, data: nil, tools: tools ?? nil), said: said)
    }
  }

  // MARK: Tools

  private func call(_ name: String, _ arguments: JSON) async -> Outcome.Result {
    do {
      let answer = try await ToolStep(runs: runs, run: run, parameters: parameters).call(name, arguments)
      let text = answer.parts.text
      if answer.isError { return .failed(RunFailure(code: "tool_failed", message: text)) }
      return .finished(text: text, data: try? JSON.parse(text), tools: nil)
    } catch {
      if case .fail(let failure)? = order.given { return .failed(failure) }
      return .failed(RunFailure(error))
    }
  }
}

extension [ToolCallRecord] {
  /// The last result of each tool, as JSON where it is; nil when no tool was called.
  fileprivate var lastResults: JSONObject? {
    guard !isEmpty else { return nil }
    return reduce(into: JSONObject()) { results, call in
      guard call.status == .completed, let text = call.result?.text else { return }
      results[call.call.name] = (try? JSON.parse(text)) ?? .string(text)
    }
  }
}

extension RunFailure {
  fileprivate static let notWorked = RunFailure(
    code: "internal", message: "The hub could not work on the step.", hint: "The log has more.")

  fileprivate static let stepStopped = RunFailure(code: "step_stopped", message: "The step was stopped.")

  fileprivate static func tookTooLong(_ seconds: Double) -> RunFailure {
    RunFailure(
      code: "step_timeout", message: "The step was not done after \(JSON.number(seconds).text) seconds.",
      hint: "Raise its timeoutSeconds, or let it fail with onFailure \"continue\".")
  }
}
