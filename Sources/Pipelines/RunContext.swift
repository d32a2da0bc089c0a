import Basics
import Model
import Providers
import Storage
import Tools

/// What a run's next step is made from: the agent as it was when the run was made, what was said before, and what its tools have done.
struct RunContext: Sendable {
  /// Messages that go along at most; the newest count. Longer histories cost more than they help.
  static let maximumHistory = 200

  let agent: Agent
  let history: [Message]
  /// The tools that the agent may call.
  var offers: [ToolOffer] = []
  /// Rounds of tools that the run may have.
  var maximumRounds = AgentConfiguration.standardToolRounds
  /// What the run has called so far.
  var calls: [ToolCallRecord] = []

  /// Reads the context of a run; nil when its agent is gone without a trace.
  ///
  /// - Throws: `tool_not_found` when the agent lists a tool that does not exist.
  static func load(
    for run: Run, tools: ToolTable = .empty, in store: ReadTransaction
  ) throws -> RunContext? {
    guard
      let agent = try BuiltInAgents.agent(run.agent) ?? store.agents.version(run.agentVersion, of: run.agent)
    else {
      return nil
    }
    let messages = try store.messages.page(of: run.conversation, limit: maximumHistory).items
    var context = RunContext(agent: agent, history: history(for: run, from: messages))
    // A config that cannot be read is told of by the call itself.
    guard agent.config?["tools"] != nil, let configuration = try? AgentConfiguration(agent.config),
      !configuration.tools.isEmpty
    else { return context }
    context.maximumRounds = configuration.maxToolRounds
    context.offers = try tools.offers(for: configuration.tools, of: agent.name) { try store.tools.get($0) }
    context.calls = try store.toolCalls.ofRun(run.id)
    return context
  }

  /// What was said before a run's own message, then that message, then what the run's tools were asked and have answered.
  ///
  /// Messages that were queued behind a working run stand before its answer in the conversation; the order of runs puts each answer
  /// behind its question, and leaves out what later runs will answer. Ids sort by time, so they order the runs.
  static func history(for run: Run, from messages: [Message]) -> [Message] {
    let said = messages.filter { message in
      guard message.type != .thought, message.id != run.input else { return false }
      guard message.parts != nil || !message.text.isEmpty && message.role != .tool else { return false }
      return message.run.map { $0 < run.id } ?? true
    }
    let ordered = said.sorted { left, right in
      guard let a = left.run, let b = right.run, a != b else { return left.seq < right.seq }
      return a < b
    }
    let done = messages.filter { $0.run == run.id && $0.type == .action }
    return ordered + messages.filter { $0.id == run.input } + done
  }

  /// The turns for the provider, oldest first; the agent's system prompt joins them in the call.
  var turns: [CompletionRequest.Turn] {
    history.map { message in
      let parts = [MessagePart](json: message.parts)
      return CompletionRequest.Turn(
        role: message.turnRole, parts: parts.isEmpty ? [.text(message.text)] : parts)
    }
  }

  /// Whether the model has asked for tools and no message answers it.
  var lacksResults: Bool { history.last.map { $0.role == .agent && $0.type == .action } ?? false }

  /// The rule of the run's tools, as far as they have come.
  func toolLoop(of run: Run) -> ToolLoopMachine {
    ToolLoopMachine(
      run: run.id, agent: agent.name, tools: offers.map { ($0.name, ToolLoopMachine.Terms($0)) },
      limits: ToolLoopMachine.Limits(rounds: maximumRounds), calls: calls)
  }
}

extension ToolLoopMachine.Terms {
  fileprivate init(_ offer: ToolOffer) {
    self.init(
      schema: offer.tool.definition.parameters, needsApproval: offer.needsApproval,
      fingerprint: offer.tool.terms.fingerprint)
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
