import Basics
import Model
import Providers
import Storage

/// What a run's provider call is made from: the agent as it was when the run was made, and what was said before.
struct RunContext: Sendable {
  /// Messages that go along at most; the newest count. Longer histories cost more than they help.
  static let maximumHistory = 200

  let agent: Agent
  let history: [Message]

  /// Reads the context of a run; nil when its agent is gone without a trace.
  static func load(for run: Run, in store: ReadTransaction) throws -> RunContext? {
    guard
      let agent = try BuiltInAgents.agent(run.agent) ?? store.agents.version(run.agentVersion, of: run.agent)
    else {
      return nil
    }
    let messages = try store.messages.page(of: run.conversation, limit: maximumHistory).items
    return RunContext(agent: agent, history: history(for: run, from: messages))
  }

  /// What was said before a run's own message, then that message.
  ///
  /// Messages that were queued behind a working run stand before its answer in the conversation; the order of runs puts each answer
  /// behind its question, and leaves out what later runs will answer. Ids sort by time, so they order the runs.
  static func history(for run: Run, from messages: [Message]) -> [Message] {
    let said = messages.filter { message in
      guard message.type == .message, message.id != run.input else { return false }
      guard message.parts != nil || !message.text.isEmpty && message.role != .tool else { return false }
      return message.run.map { $0 < run.id } ?? true
    }
    let ordered = said.sorted { left, right in
      guard let a = left.run, let b = right.run, a != b else { return left.seq < right.seq }
      return a < b
    }
    return ordered + messages.filter { $0.id == run.input }
  }

  /// The turns for the provider, oldest first; the agent's system prompt joins them in the call.
  var turns: [CompletionRequest.Turn] {
    history.map { message in
      let parts = [MessagePart](json: message.parts)
      return CompletionRequest.Turn(
        role: message.turnRole, parts: parts.isEmpty ? [.text(message.text)] : parts)
    }
  }
}

extension Message {
  fileprivate var turnRole: CompletionRequest.Turn.Role {
    switch role {
    case .agent: .assistant
    case .system: .system
    case .user: .user
    case .tool: .tool
    }
  }
}
