import Basics
import Model
import Storage

/// What became of a run, in the terms of an answer to its caller.
struct ChatOutcome: Equatable, Sendable {
  var status: Run.Status
  /// All that was said for everybody to read: what stands before the hub's own calls of tools, and what stands behind them.
  var texts: [String] = []
  var thought = ""
  /// Nil when the model did not refuse.
  var refusal: String?
  /// What the caller is to call.
  var calls: [ToolCall] = []
  /// Why the answer ends, in the hub's words.
  var finish = "stop"
  var usage: Usage?
  var failure: RunFailure?

  init(status: Run.Status) { self.status = status }

  /// Reads what a run came to.
  init(of run: Run, in store: some Transaction) throws {
    self.init(status: run.status)
    usage = run.usage
    failure = run.error
    let messages = try store.messages.ofRun(run.id).filter { $0.role == .agent }
    thought = messages.filter { $0.type == .thought }.map(\.text).joined(separator: "\n\n")
    for message in messages where message.type != .thought && message.id != run.output {
      if !message.text.isEmpty { texts.append(message.text) }
    }
    guard let answer = try store.messages.get(run.output) else { return }
    take(answer, offered: run.overrides.tools)
    let event = try store.events.page(of: run.conversation, after: answer.seq - 1, limit: 1).items.first
    if case .messageCompleted(let completed) = try event?.event().body { finish = completed.finish }
  }

  private mutating func take(_ answer: Message, offered: [ToolDefinition]) {
    let parts = [MessagePart](json: answer.parts)
    let refused = parts.compactMap { part in
      if case .refusal(let text) = part.content { text } else { nil }
    }
    if refused.isEmpty {
      if !answer.text.isEmpty { texts.append(answer.text) }
    } else {
      refusal = refused.joined()
    }
    // A call of the agent's own tool beside one of the caller's was not made; the model will ask again.
    let known = parts.toolCalls.filter { call in offered.contains { $0.name == call.name } }
    calls = offered.isEmpty ? [] : known.isEmpty ? parts.toolCalls : known
  }

  /// All texts as one.
  var text: String { texts.joined(separator: "\n\n") }

  /// Why there is no answer; nil when there is one.
  var fault: OpenAIFault? {
    switch status {
    case .completed: return nil
    case .failed:
      return OpenAIFault(failure ?? RunFailure(code: "internal", message: "The run failed."))
    case .stopped:
      return OpenAIFault(RunFailure(code: "run_stopped", message: "The run was stopped."))
    case .interrupted: return OpenAIFault(failure ?? .interrupted)
    case .queued, .running, .waiting:
      return OpenAIFault(
        RunFailure(
          code: "draining", message: "The hub is shutting down.", hint: "Try again in a few seconds."))
    }
  }

  /// OpenAI's word for why the answer ends.
  var finishReason: String {
    if !calls.isEmpty { return "tool_calls" }
    switch finish {
    case "length", "context_length": return "length"
    case "content_filter": return "content_filter"
    // A model that refuses in words has said all that it wants to.
    case "refusal": return refusal == nil ? "content_filter" : "stop"
    default: return "stop"
    }
  }
}
