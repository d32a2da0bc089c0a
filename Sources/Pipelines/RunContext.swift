import Basics
package import Model
import Providers
import Storage
import Tools

/// What a run's next step is made from: the agent as it was when the run was made, what was said before, and what its tools have done.
struct RunContext: Sendable {
  /// Messages that go along at most; the newest count. Longer histories cost more than they help.
  static let maximumHistory = 200

  /// Messages of which templates get the text.
  private static let maximumHistoryLines = 20
  /// UTF-8 bytes of each.
  private static let maximumHistoryLine = 2000

  let agent: Agent
  let history: [Message]
  /// The tools that the agent may call.
  var offers: [ToolOffer] = []
  /// Rounds of tools that the run may have.
  var maximumRounds = AgentConfiguration.standardToolRounds
  /// What the run has called so far.
  var calls: [ToolCallRecord] = []
  /// How whoever asked wants the agent.
  var overrides = AgentOverrides()

  /// Reads the context of a run; nil when its agent is gone without a trace.
  ///
  /// - Throws: `tool_not_found` when the agent lists a tool that does not exist.
  static func load(
    for run: Run, _ part: RunPart? = nil, tools: ToolTable = .empty, in store: ReadTransaction
  ) throws -> RunContext? {
    guard
      let found = try BuiltInAgents.agent(run.agent) ?? store.agents.version(run.agentVersion, of: run.agent)
    else {
      return nil
    }
    let agent = part?.agent(found) ?? found.with(run.overrides)
    // A config that cannot be read is told of by the call itself.
    let configuration = agent.config.flatMap { try? AgentConfiguration($0) }
    let history = try history(for: run, part, limit: configuration?.maxHistory, in: store)
    var context = RunContext(agent: agent, history: history)
    if part == nil { context.overrides = run.overrides }
    guard let configuration, !configuration.tools.isEmpty else { return context }
    context.maximumRounds = configuration.maxToolRounds
    context.offers = try tools.offers(for: configuration.tools, of: agent.name) { try store.tools.get($0) }
    context.calls = try store.toolCalls.ofRun(run.id)
    return context
  }

  /// What was said before a run's question, and what the run has said: a part of a pipeline's run gets what was said before only if its
  /// step wants that.
  private static func history(
    for run: Run, _ part: RunPart?, limit: Int?, in store: ReadTransaction
  ) throws -> [Message] {
    let asked = part?.root ?? run
    let wantsHistory = part?.order.hasHistory ?? true
    // Those of the run itself come on top of what its caller brought.
    let most = maximumHistory + (asked.overrides.earlierMessages ?? 0)
    let path = try store.branches.path(of: run.conversation, to: asked.branch)
    var said = wantsHistory ? try store.messages.said(in: run.conversation, on: path, limit: most) : []
    guard part != nil else {
      // One that is asked again finds its question however far back.
      if !said.contains(where: { $0.id == run.input }), let question = try store.messages.get(run.input) {
        said.append(question)
      }
      return history(for: run, from: said, limit: limit)
    }
    let own = try store.messages.ofRun(run.id).filter { $0.type != .thought }
    return history(for: asked, from: said, limit: limit).filter { $0.id != asked.input && $0.run != asked.id }
      + own
  }

  /// What was said before a run's own message, then that message, then what the run's tools were asked and have answered.
  ///
  /// Messages that were queued behind a working run stand before its answer in the conversation; the order of runs puts each answer
  /// behind its question, and leaves out what later runs will answer. Ids sort by time, so they order the runs.
  ///
  /// - Parameter limit: messages that were said, the run's own among them; nil for all. What is left begins with a user's message, because
  ///   providers refuse results without their calls, and some an answer without its question.
  static func history(for run: Run, from messages: [Message], limit: Int? = nil) -> [Message] {
    let said = messages.filter { message in
      guard message.type != .thought, message.id != run.input else { return false }
      // An earlier answer to the same question is no part of the question.
      guard message.role == .user || message.parent != run.input else { return false }
      guard message.parts != nil || !message.text.isEmpty && message.role != .tool else { return false }
      return message.run.map { $0 < run.id } ?? true
    }
    let ordered = said.sorted { left, right in
      guard let a = left.run, let b = right.run, a != b else { return left.seq < right.seq }
      return a < b
    }
    let done = messages.filter { $0.run == run.id && $0.type == .action && $0.id != run.input }
    let asked = messages.filter { $0.id == run.input }
    guard let limit, ordered.count >= limit else { return ordered + asked + done }
    var kept = Array(ordered.suffix(limit - 1).drop { $0.role != .user })
    if kept.isEmpty, asked.first?.role == .tool {
      // Results of the caller's tools are nothing without the question that led to them.
      kept = Array(ordered.suffix(from: ordered.lastIndex { $0.role == .user } ?? ordered.startIndex))
    }
    return kept + asked + done
  }

  /// The turns for the provider, oldest first; the agent's system prompt joins them in the call.
  var turns: [CompletionRequest.Turn] {
    history.map { message in
      let parts = [MessagePart](json: message.parts)
      return CompletionRequest.Turn(
        role: message.turnRole, parts: parts.isEmpty ? [.text(message.text)] : parts)
    }
  }

  /// What was said before a message, a line each, for the templates of a pipeline.
  func historyText(before question: Identifier<Message>) -> String {
    let said = history.prefix { $0.id != question }.suffix(Self.maximumHistoryLines)
    return said.filter { $0.type == .message }.map { message in
      let text = message.text.prefix(utf8Count: Self.maximumHistoryLine)
      return "\(message.role == .user ? "User" : "Assistant"): \(text)"
    }.joined(separator: "\n")
  }

  /// Whether the model has asked for tools and no message answers it.
  var lacksResults: Bool { history.last.map { $0.role == .agent && $0.type == .action } ?? false }

  /// What the model is told of tools: the agent's own, and the caller's behind them. An own one keeps its name.
  var definitions: [ToolDefinition] {
    let own = offers.map(\.tool.definition)
    // A model that has own tools must not be kept from them.
    guard overrides.toolChoice != .never || own.isEmpty else { return own }
    return own + overrides.tools.filter { tool in !own.contains { $0.name == tool.name } }
  }

  /// What the model must do about tools. A call of an own tool is as good as any, so that the next answer is free.
  var toolChoice: ToolChoice? {
    switch overrides.toolChoice {
    case .required?, .tool?: calls.isEmpty ? overrides.toolChoice : nil
    case .never?: offers.isEmpty ? .never : nil
    case .auto?, nil: overrides.toolChoice
    }
  }

  /// The rule of the run's tools, as far as they have come.
  func toolLoop(of run: Run) -> ToolLoopMachine {
    ToolLoopMachine(
      run: run.id, agent: agent.name, tools: offers.map { ($0.name, ToolLoopMachine.Terms($0)) },
      callers: overrides.tools.map(\.name), limits: ToolLoopMachine.Limits(rounds: maximumRounds),
      calls: calls)
  }
}

extension Agent {
  /// Whether it is steps that others work on.
  package var isPipeline: Bool { provider == PipelinePlan.provider }
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
