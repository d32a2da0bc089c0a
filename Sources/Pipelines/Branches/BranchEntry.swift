import Basics
package import Model
import Storage

/// Begins a branch and enters the run that answers in it, in one transaction.
enum BranchEntry {
  static func enter(_ order: BranchOrder, in store: WriteTransaction) throws -> Run {
    if let run = try RunEntry.earlierRun(of: order.claim, in: store) { return run }
    guard let conversation = try store.conversations.get(order.conversation) else {
      throw RunError.conversationNotFound(order.conversation)
    }
    var tree = try store.branches.tree(of: conversation.id)
    let asked = try AskedQuestion.find(order.message, in: conversation, tree, store)
    guard let agent = order.agent ?? asked.agent else { throw RunError.agentUnknown }
    var run = try makeRun(agent, asked, order, in: store)
    let edited = try question(order, asked)
    if edited != nil { run.input = store.newIdentifier() }
    try begin(edited == nil ? .answer : .question, at: asked, &run, &tree, in: store)
    if let edited { try RunEntry.insert(edited, run.input, in: run, parent: asked.message.parent, store) }
    try RunEntry.store(run, order.claim, in: store)
    return run
  }

  /// Begins the branch of a run.
  ///
  /// - Throws: `conversation_busy`, `too_many_branches`.
  static func begin(
    _ kind: Branch.Kind, at asked: AskedQuestion, _ run: inout Run, _ tree: inout BranchTree,
    in store: WriteTransaction
  ) throws {
    guard try store.runs.unfinished(in: run.conversation).isEmpty else { throw RunError.branchBusy }
    let branch = try Branch.next(kind, at: asked, run: run.id, tree, in: store)
    run.branch = branch.number
    try store.branches.create(branch, of: run.conversation, in: &tree)
    try store.conversations.touch(run.conversation)
  }

  /// The run as it is wanted, else as it was before. How another agent was wanted is not how this one is.
  private static func makeRun(
    _ id: Identifier<Agent>, _ asked: AskedQuestion, _ order: BranchOrder, in store: WriteTransaction
  ) throws -> Run {
    let agent = try RunEntry.requireActive(id, in: store)
    var run = Run(
      id: store.newIdentifier(), conversation: order.conversation, agent: agent.id, agentName: agent.name,
      agentVersion: agent.version, input: asked.message.id, output: store.newIdentifier(),
      createdAt: store.now)
    run.cache = order.cache ?? (order.change == .answer ? .refresh : asked.run?.cache ?? .use)
    run.parameters = order.parameters ?? asked.run?.parameters ?? [:]
    if let before = asked.run, before.agent == agent.id { run.overrides = before.overrides }
    return run
  }

  /// The question in its new version; nil when only its answer is wanted anew.
  private static func question(_ order: BranchOrder, _ asked: AskedQuestion) throws -> GivenMessage? {
    guard case .question(let text, let images) = order.change else { return nil }
    guard asked.message.id == order.message, asked.message.role == .user else {
      throw RunError.messageNotQuestion(order.message)
    }
    let before = [MessagePart](json: asked.message.parts).filter {
      if case .image = $0.content { true } else { false }
    }
    let pictures = images.isEmpty ? before : images.map { MessagePart(.image($0)) }
    let question = GivenMessage(role: .user, parts: [.text(text)] + pictures)
    guard question.size <= RunMachine.maximumText else { throw RunError.messageTooLong }
    return question
  }
}

extension RunService {
  /// Begins a branch of a conversation, and lets the run that answers in it start.
  ///
  /// - Parameter isPromise: whether both are safe on the disk when this returns.
  /// - Throws: `conversation_not_found`, `message_not_found`, `message_not_answer`, `message_not_question`, `agent_not_found`,
  ///   `agent_paused`, `conversation_busy`, `too_many_branches`, `message_too_long`, `idempotency_key_reused`.
  package func branch(_ order: BranchOrder, isPromise: Bool = true) async throws -> Run {
    guard !isDraining else { throw RunError.draining }
    let run = try await entered(order)
    guard !run.status.isFinal else { return run }
    schedule(run)
    if isPromise { try await store.synced() }
    return run
  }

  /// Others may ask something while what works is being stopped.
  private func entered(_ order: BranchOrder) async throws -> Run {
    for _ in 0..<8 {
      do {
        return try await store.write(.relaxed) { try BranchEntry.enter(order, in: $0) }
      } catch let error as RunError where error == .branchBusy && order.onBusy == .interrupt {
        let unfinished = try await store.read { try $0.runs.unfinished(in: order.conversation) }
        // The newest first, so that none of them gets its turn by the end of the one before.
        for run in unfinished.reversed() where run.parentRun == nil { _ = try await stop(run.id) }
      }
    }
    throw RunError.branchBusy
  }
}
