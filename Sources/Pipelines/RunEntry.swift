import Basics
import Model
import Storage

/// Enters a message and the run that answers it, in one transaction: both are there, or neither.
enum RunEntry {
  static func enter(_ invocation: Invocation, in store: WriteTransaction) throws -> Run {
    guard invocation.size <= RunMachine.maximumText,
      invocation.earlier.allSatisfy({ $0.size <= RunMachine.maximumText })
    else { throw RunError.messageTooLong }
    let claim = invocation.claim
    if let run = try earlierRun(of: claim, in: store) { return run }
    let agent = try requireActive(invocation.agent, in: store)
    let conversation = try conversation(of: invocation, in: store)
    if invocation.onBusy == .reject, try !store.runs.unfinished(in: conversation.id).isEmpty {
      throw RunError.conversationBusy
    }
    let question = try question(of: invocation, in: conversation, store)
    var run = Run(
      id: store.newIdentifier(), conversation: conversation.id, agent: agent.id, agentName: agent.name,
      agentVersion: agent.version, input: question ?? store.newIdentifier(), output: store.newIdentifier(),
      createdAt: store.now)
    run.cache = invocation.cache
    run.parameters = invocation.parameters
    run.overrides = invocation.overrides
    run.branch = conversation.openBranch
    if question == nil {
      let parent = try store.messages.newest(in: conversation.id, onPathTo: conversation.branch)?.id
      try insert(invocation.question, run.input, in: run, parent: parent, store)
    }
    try self.store(run, claim, in: store)
    return run
  }

  /// Stores a run that waits for its turn, and what its key stands for.
  static func store(_ run: Run, _ claim: KeyClaim?, in store: WriteTransaction) throws {
    try store.runs.insert(run)
    try store.append(
      Event(
        conversation: run.conversation, run: run.id, agent: run.agentReference, at: store.now,
        body: .run(.queued, usage: nil, error: nil)))
    guard let claim else { return }
    try store.idempotency.insert(
      IdempotencyRecord(
        route: claim.scope, key: claim.key, fingerprint: claim.fingerprint, resource: run.id.text,
        createdAt: store.now))
  }

  /// The agent, which is there and takes work.
  ///
  /// - Throws: `agent_not_found`, `agent_paused`.
  @discardableResult
  static func requireActive(_ id: Identifier<Agent>, in store: WriteTransaction) throws -> Agent {
    guard let agent = try BuiltInAgents.agent(id) ?? store.agents.get(id) else {
      throw RunError.agentNotFound(id)
    }
    guard agent.status != .paused else { throw RunError.agentPaused(agent.name) }
    return agent
  }

  /// The run that a key made before.
  ///
  /// - Throws: `idempotency_key_reused`, `run_not_found`.
  static func earlierRun(of claim: KeyClaim?, in store: WriteTransaction) throws -> Run? {
    guard let claim, let record = try store.idempotency.find(route: claim.scope, key: claim.key)
    else { return nil }
    guard record.fingerprint == claim.fingerprint else { throw RunError.keyReused }
    guard let id = record.resource else { return nil }
    // A run that was deleted with its conversation is not made a second time.
    guard let run = try store.runs.get(Identifier(id)) else { throw RunError.runNotFound(Identifier(id)) }
    return run
  }

  /// The conversation to continue, or a new one titled after the message; an unknown id starts a new one with a fresh id.
  private static func conversation(
    of invocation: Invocation, in store: WriteTransaction
  ) throws -> Conversation {
    if let id = invocation.conversation, let conversation = try store.conversations.get(id) {
      return conversation
    }
    let title = Conversation.title(fromFirstMessage: invocation.firstWords)
    let conversation = try store.conversations.create(title: title)
    var parent: Identifier<Message>?
    for message in invocation.earlier {
      let id: Identifier<Message> = store.newIdentifier()
      try insert(message, id, in: conversation.id, parent: parent, store)
      parent = id
    }
    return conversation
  }

  /// The message that asks the same already, and that nobody was asked yet.
  private static func question(
    of invocation: Invocation, in conversation: Conversation, _ store: WriteTransaction
  ) throws -> Identifier<Message>? {
    guard invocation.takesUpQuestion else { return nil }
    let path = try store.branches.path(of: conversation.id, to: conversation.branch)
    guard let newest = try store.messages.said(in: conversation.id, on: path, limit: 1).last,
      newest.role == .user, newest.run == nil, newest.text == invocation.text,
      newest.parts == invocation.question.keptParts,
      // One that came a moment ago has it.
      try !store.runs.unfinished(in: conversation.id).contains(where: { $0.input == newest.id })
    else { return nil }
    return newest.id
  }

  /// Stores the question of a run.
  static func insert(
    _ message: GivenMessage, _ id: Identifier<Message>, in run: Run, parent: Identifier<Message>?,
    _ store: WriteTransaction
  ) throws {
    try insert(
      message, id, in: run.conversation, parent: parent, run: run.id, branch: run.branch, store)
  }

  private static func insert(
    _ message: GivenMessage, _ id: Identifier<Message>, in conversation: Identifier<Conversation>,
    parent: Identifier<Message>?, run: Identifier<Run>? = nil, branch: Int? = nil, _ store: WriteTransaction
  ) throws {
    let created = MessageCreated(
      role: message.role, messageType: message.type, text: message.text, parent: parent,
      parts: message.keptParts, branch: branch)
    let event = try store.append(
      Event(
        conversation: conversation, run: run, message: id, at: store.now, body: .messageCreated(created)))
    try store.messages.insert(
      Message(
        id: id, conversation: conversation, seq: event.seq, parent: parent, run: run, role: message.role,
        type: message.type, text: message.text, parts: message.keptParts, branch: branch,
        createdAt: store.now))
  }
}
