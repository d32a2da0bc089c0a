import Basics
import Model
import Storage

/// Enters a message and the run that answers it, in one transaction: both are there, or neither.
enum RunEntry {
  static func enter(_ invocation: Invocation, in store: WriteTransaction) throws -> Run {
    guard invocation.size <= RunMachine.maximumText,
      invocation.earlier.allSatisfy({ $0.size <= RunMachine.maximumText })
    else { throw RunError.messageTooLong }
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
    run.overrides = invocation.overrides
    if question == nil {
      try insert(invocation.question, run.input, in: run.conversation, run: run.id, store)
    }
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
    let title = Conversation.title(fromFirstMessage: invocation.firstWords)
    let id = try store.conversations.create(title: title).id
    for message in invocation.earlier { try insert(message, store.newIdentifier(), in: id, store) }
    return id
  }

  /// The message that asks the same already, and that nobody was asked yet.
  private static func question(
    of invocation: Invocation, in conversation: Identifier<Conversation>, _ store: WriteTransaction
  ) throws -> Identifier<Message>? {
    guard invocation.takesUpQuestion, let newest = try store.messages.said(in: conversation, limit: 1).last,
      newest.role == .user, newest.run == nil, newest.text == invocation.text,
      newest.parts == invocation.question.keptParts,
      // One that came a moment ago has it.
      try !store.runs.unfinished(in: conversation).contains(where: { $0.input == newest.id })
    else { return nil }
    return newest.id
  }

  /// Stores a message behind the newest one.
  private static func insert(
    _ message: GivenMessage, _ id: Identifier<Message>, in conversation: Identifier<Conversation>,
    run: Identifier<Run>? = nil, _ store: WriteTransaction
  ) throws {
    let parent = try store.messages.page(of: conversation, limit: 1).items.first?.id
    let created = MessageCreated(
      role: message.role, messageType: message.type, text: message.text, parent: parent,
      parts: message.keptParts)
    let event = try store.append(
      Event(
        conversation: conversation, run: run, message: id, at: store.now, body: .messageCreated(created)))
    try store.messages.insert(
      Message(
        id: id, conversation: conversation, seq: event.seq, parent: parent, run: run, role: message.role,
        type: message.type, text: message.text, parts: message.keptParts, createdAt: store.now))
  }
}
