package import Basics
package import Model
import Realtime

/// The Agent Nexus frames: `neural-event` messages of every answer, as its pages read them.
///
/// The pages know one open bubble an agent, so answers of one agent that are written at the same time must not interleave: the first keeps
/// the bubble, the others are held back and follow whole when it ends. A failed answer must close its bubble too, or the next answer would be
/// glued to it.
package struct NexusDialect: Dialect {
  /// An answer of an agent, from its first chunk to its completion.
  private struct Answer {
    let run: Identifier<Run>
    let agent: AgentReference
    let conversation: Identifier<Conversation>
    /// Chunks that could not be shown yet.
    var held = ""
    /// The last words before calls of tools; what comes next does not follow them directly.
    var cut: (text: String, message: Identifier<Message>?)?
    /// The whole text, once it is stored.
    var completed: (text: String, message: Identifier<Message>?)?
    var failure: String?
    /// Whether nothing more will come.
    var isOver = false

    /// Ends the answer with what was said before calls of tools.
    mutating func end() {
      completed = cut ?? ("", nil)
      isOver = true
    }
  }

  /// The answers that are not shown to their end.
  private var answers: [Identifier<Run>: Answer] = [:]
  /// The runs of each agent's answers; the first one owns the bubble.
  private var lines: [Identifier<Agent>: [Identifier<Run>]] = [:]

  package init() {}

  /// The frame that a connection gets first.
  package static func connected(at time: Timestamp) -> [UInt8] {
    JSON.object(["type": "connection", "status": "connected", "timestamp": .string(time.iso8601)]).bytes
  }

  /// Turns an event into the frames it lets through.
  package mutating func messages(for event: Event) -> [[UInt8]] {
    if event.type == .conversationDeleted { return forget(event.conversation) }
    // What the steps of a pipeline say on the way to its answer is no answer.
    guard let agent = event.agent, let run = event.run, let conversation = event.conversation,
      event.parentRun == nil
    else { return [] }
    switch event.body {
    case .messageDelta(let delta) where delta.channel == .final:
      change(agent, run, conversation) { answer in
        answer.held += (answer.cut == nil ? "" : "\n\n") + delta.text
        answer.cut = nil
      }
    case .messageCompleted(let completed) where completed.role == .agent && completed.messageType == .action:
      // The bubble stays open while tools work.
      guard !completed.text.isEmpty else { return [] }
      change(agent, run, conversation) { $0.cut = (completed.text, event.message) }
    case .other(.runWaiting, let members):
      // Nobody knows for how long, and others want the bubble.
      if isOpen(run) { change(agent, run, conversation) { $0.end() } }
      return show(agent.id) + [Self.approval(members["approvals"] ?? [], of: agent, run, conversation)]
    case .messageCompleted(let completed) where completed.role == .agent:
      let isFailed = completed.finish == "failed"
      change(agent, run, conversation) { answer in
        answer.completed = (completed.text, isFailed ? nil : event.message)
        answer.isOver = !isFailed
      }
    case .run(.failed, _, _, let failure):
      change(agent, run, conversation) { answer in
        answer.failure = failure?.message ?? "The run failed."
        answer.isOver = true
      }
    case .run(let status, _, _, _) where status.isFinal && isOpen(run):
      // Its last words asked for tools, and no more came.
      change(agent, run, conversation) { $0.end() }
    default:
      return []
    }
    return show(agent.id)
  }

  private func isOpen(_ run: Identifier<Run>) -> Bool { answers[run].map { !$0.isOver } ?? false }

  /// Changes an answer where it is: an agent may have hundreds of them under way.
  private mutating func change(
    _ agent: AgentReference, _ run: Identifier<Run>, _ conversation: Identifier<Conversation>,
    _ change: (inout Answer) -> Void
  ) {
    if answers[run] == nil { lines[agent.id, default: []].append(run) }
    change(&answers[run, default: Answer(run: run, agent: agent, conversation: conversation)])
  }

  /// A deleted conversation's runs say nothing more: closes the bubbles that show one, and drops what was held back.
  private mutating func forget(_ conversation: Identifier<Conversation>?) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    for (agent, runs) in lines {
      let deleted = runs.filter { answers[$0]?.conversation == conversation }
      guard let first = runs.first, !deleted.isEmpty else { continue }
      for run in deleted where run != first { answers[run] = nil }
      lines[agent] = runs.filter { answers[$0] != nil }
      if deleted.contains(first) {
        answers[first]?.completed = ("", nil)
        answers[first]?.failure = "The conversation was deleted."
        answers[first]?.isOver = true
      }
      messages += show(agent)
    }
    return messages
  }

  /// Shows what the owner of the bubble has, and lets the next one in when it is over.
  private mutating func show(_ agent: Identifier<Agent>) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var ended = 0
    while let line = lines[agent], ended < line.count, let owner = answers[line[ended]] {
      if !owner.held.isEmpty {
        messages.append(Self.chunk(owner.held, of: owner))
        answers[owner.run]?.held = ""
      }
      guard owner.isOver else { break }
      if let failure = owner.failure { messages.append(Self.failure(failure, of: owner)) }
      if owner.completed != nil { messages.append(Self.completion(of: owner)) }
      answers[owner.run] = nil
      ended += 1
    }
    guard ended > 0 else { return messages }
    lines[agent]?.removeFirst(ended)
    if lines[agent]?.isEmpty == true { lines[agent] = nil }
    return messages
  }

  private static func chunk(_ text: String, of answer: Answer) -> [UInt8] {
    frame("agent-response") { writer in
      who(answer.agent, into: &writer)
      writer.member("chunk", text)
      writer.member("conversationId", answer.conversation.text)
    }
  }

  private static func completion(of answer: Answer) -> [UInt8] {
    frame("agent-response-complete") { writer in
      who(answer.agent, into: &writer)
      writer.member("response", answer.completed?.text ?? "")
      writer.member("conversationId", answer.conversation.text)
      writer.member("messageId", orNull: answer.completed?.message?.text)
      if let failure = answer.failure { writer.member("error", failure) }
    }
  }

  private static func failure(_ text: String, of answer: Answer) -> [UInt8] {
    frame("agent-response-error") { writer in
      who(answer.agent, into: &writer)
      writer.member("error", text)
      writer.member("conversationId", answer.conversation.text)
    }
  }

  /// Pages that do not know the kind pass over it.
  private static func approval(
    _ calls: JSON, of agent: AgentReference, _ run: Identifier<Run>, _ conversation: Identifier<Conversation>
  ) -> [UInt8] {
    frame("agent-approval-required") { writer in
      who(agent, into: &writer)
      writer.member("conversationId", conversation.text)
      writer.member("runId", run.text)
      writer.member("approvals", json: calls)
    }
  }

  private static func who(_ agent: AgentReference, into writer: inout JSONWriter) {
    writer.member("agentId", agent.id.text)
    writer.member("agentName", agent.name)
  }

  private static func frame(_ kind: String, _ data: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(capacity: 256)
    writer.beginObject()
    writer.member("type", "neural-event")
    writer.member("kind", kind)
    writer.key("data")
    writer.beginObject()
    data(&writer)
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }
}
