import Basics
import Model
import Storage

/// Enters a message and the run that answers it, in one transaction: both are there, or neither.
enum RunEntry {
  static func enter(_ invocation: Invocation, in store: WriteTransaction) throws -> Run {
    guard invocation.size <= RunMachine.maximumText else { throw RunError.messageTooLong }
    if let run = try earlierRun(of: invocation, in: store) { return run }
    let agent = try requireActive(invocation.agent, in: store)
    let conversation = try conversation(of: invocation, in: store)
    if invocation.onBusy == .reject, try !store.runs.unfinished(in: conversation).isEmpty {
      throw RunError.conversationBusy
    }
    let question = try question(of: invocation, in: conversation, store)
    var run = Run(
      id: store.newIdentifier(), conversation: conversation, agent: agent.id, agentName: agent.name,
      agentVersion: agent.version, input: question ?? store.newIdentifier(), output: store.newIdentifier(),
      createdAt: store.now)
    run.cache = invocation.cache
    run.parameters = invocation.parameters
    if question == nil { try insertMessage(invocation, of: run, in: store) }
    try store.runs.insert(run)
    try store.append(
      Event(
        conversation: conversation, run: run.id, agent: agent.reference, at: store.now,
        body: .run(.queued, usage: nil, error: nil)))
    if let key = invocation.key {
      try store.idempotency.insert(
        IdempotencyRecord(
          route: invocation.keyScope, key: key, fingerprint: invocation.fingerprint, resource: run.id.text,
          createdAt: store.now))
    }
    return run
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

  private static func earlierRun(of invocation: Invocation, in store: WriteTransaction) throws -> Run? {
    guard let key = invocation.key,
      let record = try store.idempotency.find(route: invocation.keyScope, key: key)
    else { return nil }
    guard record.fingerprint == invocation.fingerprint else { throw RunError.keyReused }
    guard let id = record.resource else { return nil }
    // A run that was deleted with its conversation is not made a second time.
    guard let run = try store.runs.get(Identifier(id)) else { throw RunError.runNotFound(Identifier(id)) }
    return run
  }

  /// The conversation to continue, or a new one titled after the message; an unknown id starts a new one with a fresh id.
  private static func conversation(
    of invocation: Invocation, in store: WriteTransaction
  ) throws -> Identifier<Conversation> {
    if let id = invocation.conversation, try store.conversations.get(id) != nil { return id }
    return try store.conversations.create(title: Conversation.title(fromFirstMessage: invocation.text)).id
  }

  /// The message that asks the same already, and that nobody was asked yet.
  private static func question(
    of invocation: Invocation, in conversation: Identifier<Conversation>, _ store: WriteTransaction
  ) throws -> Identifier<Message>? {
    guard invocation.takesUpQuestion, let newest = try store.messages.said(in: conversation, limit: 1).last,
      newest.role == .user, newest.run == nil, newest.text == invocation.text,
      newest.parts == invocation.parts,
      // One that came a moment ago has it.
      try !store.runs.unfinished(in: conversation).contains(where: { $0.input == newest.id })
    else { return nil }
    return newest.id
  }

  private static func insertMessage(
    _ invocation: Invocation, of run: Run, in store: WriteTransaction
  ) throws {
    let parent = try store.messages.page(of: run.conversation, limit: 1).items.first?.id
    let event = try store.append(
      Event(
        conversation: run.conversation, run: run.id, message: run.input, at: store.now,
        body: .messageCreated(
          MessageCreated(role: .user, text: invocation.text, parent: parent, parts: invocation.parts))))
    try store.messages.insert(
      Message(
        id: run.input, conversation: run.conversation, seq: event.seq, parent: parent, run: run.id,
        role: .user, text: invocation.text, parts: invocation.parts, createdAt: store.now))
  }
}
