package import Basics
package import Model

/// A conversation that comes from an export, on its way into this hub.
package struct ImportedConversation: Equatable, Sendable {
  package var id: Identifier<Conversation>
  package var title: String?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  /// In order, the oldest first; their conversations do not matter, and their seqs only to branches.
  package var messages: [Message]
  /// By number, from 1; what they name is among the messages.
  package var branches: [Branch] = []
  package var forkedFrom: ForkOrigin?

  package init(
    id: Identifier<Conversation>, title: String?, createdAt: Timestamp, updatedAt: Timestamp,
    messages: [Message] = [], branches: [Branch] = [], forkedFrom: ForkOrigin? = nil
  ) {
    self.id = id
    self.title = title
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.messages = messages
    self.branches = branches
    self.forkedFrom = forkedFrom
  }
}

/// What became of a conversation that came in.
package struct ImportOutcome: Equatable, Sendable {
  /// Its id here.
  package var conversation: Identifier<Conversation>
  /// Its id in the export.
  package var from: Identifier<Conversation>
  package var messages: Int
  /// Messages that got another id, since theirs was taken.
  package var newIdentifiers: Int
  /// Messages whose agent this hub does not have.
  package var withoutAgent: Int
}

extension WriteTransaction {
  /// Stores a conversation of an export with all its messages, and tells the log of each as of the moment when it was made.
  ///
  /// Ids are kept where they are free. Where one is taken, it gets another one, and what refers to it follows.
  ///
  /// - Throws: `event_too_large`, and SQLite's errors; nothing is stored then, if the job lets the error pass.
  package func take(_ imported: ImportedConversation) throws -> ImportOutcome {
    let id = try conversations.isFree(imported.id) ? imported.id : newIdentifier()
    try conversations.create(id, title: imported.title, forkedFrom: imported.forkedFrom)
    let renamed = try renamings(of: imported.messages)
    var (tree, seqs) = (BranchTree(), [(there: Int64, here: Int64)]())
    var outcome = ImportOutcome(
      conversation: id, from: imported.id, messages: imported.messages.count,
      newIdentifiers: renamed.messages.filter { $0.key != $0.value }.count, withoutAgent: 0)
    for var message in imported.messages {
      // A branch is told of before what is said in it.
      for branch in imported.branches
      where branch.number > tree.branches.count && branch.number <= message.branch ?? 0 {
        try branches.create(renamed.branch(branch, seqs), of: id, in: &tree)
      }
      message.conversation = id
      message.id = renamed.messages[message.id] ?? message.id
      message.parent = message.parent.flatMap { renamed.messages[$0] }
      message.run = message.run.map { renamed.runs[$0] ?? $0 }
      let agent = try message.agent.flatMap { try agents.get($0) }
      if message.agent != nil, agent == nil { outcome.withoutAgent += 1 }
      message.agent = agent?.id
      let seq = try append(message.event(by: agent?.reference)).seq
      seqs.append((message.seq, seq))
      message.seq = seq
      try messages.insert(message)
    }
    for branch in imported.branches.dropFirst(tree.branches.count) {
      try branches.create(renamed.branch(branch, seqs), of: id, in: &tree)
    }
    let selected = BranchTree(imported.branches.map { renamed.branch($0, seqs) })
    try branches.select(selected, insteadOf: tree, of: id)
    try conversations.setMoments(of: id, created: imported.createdAt, updated: imported.updatedAt)
    return outcome
  }

  private struct Renamings {
    var messages: [Identifier<Message>: Identifier<Message>] = [:]
    var runs: [Identifier<Run>: Identifier<Run>] = [:]

    /// A branch with what it names as that is called here.
    func branch(_ imported: Branch, _ seqs: [(there: Int64, here: Int64)]) -> Branch {
      var branch = imported
      branch.message = messages[imported.message] ?? imported.message
      branch.run = imported.run.map { runs[$0] ?? $0 }
      branch.before = imported.before.map { runs[$0] ?? $0 }
      // Messages keep their order, and with it which ones a branch sees.
      branch.from = seqs.last { $0.there <= imported.from }?.here ?? 0
      branch.until = seqs.last { $0.there <= imported.until }?.here ?? 0
      return branch
    }
  }

  /// Which ids things get here. Runs keep their order, which is the order of their answers.
  private func renamings(of imported: [Message]) throws -> Renamings {
    var renamings = Renamings()
    for message in imported {
      let isFree = try messages.get(message.id) == nil
      renamings.messages[message.id] = isFree ? message.id : newIdentifier()
    }
    let known = Set(imported.compactMap(\.run))
    let areFree = try known.allSatisfy { try runs.get($0) == nil && messages.ofRun($0).isEmpty }
    guard !areFree else { return renamings }
    for run in known.sorted() { renamings.runs[run] = newIdentifier() }
    return renamings
  }
}

extension Message {
  /// What the log tells of a whole message: an answer as one that is complete, anything else as one that stands at once.
  fileprivate func event(by author: AgentReference?) -> Event {
    let isAnswer = role == .agent && type != .thought
    let body: EventBody =
      isAnswer
      ? .messageCompleted(
        MessageCompleted(
          role: role, messageType: type, text: text, finish: "stop", parent: parent, parts: parts,
          branch: branch))
      : .messageCreated(
        MessageCreated(
          role: role, messageType: type, text: text, parent: parent, parts: parts, branch: branch))
    return Event(
      conversation: conversation, run: run, step: step, agent: author, message: id, at: createdAt, body: body)
  }
}
