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
    /// Chunks that could not be shown yet.
    var held = ""
    /// The whole text, once it is stored.
    var completed: (text: String, message: Identifier<Message>?, isFailed: Bool)?
    var failure: String?
    /// Whether nothing more will come.
    var isOver = false
    let conversation: Identifier<Conversation>
  }

  /// The answers of each agent that are not shown to their end; the first one owns the bubble.
  private var answers: [Identifier<Agent>: [Answer]] = [:]

  package init() {}

  /// The frame that a connection gets first.
  package static func connected(at time: Timestamp) -> [UInt8] {
    JSON.object(["type": "connection", "status": "connected", "timestamp": .string(time.iso8601)]).bytes
  }

  /// Turns an event into the frames it lets through.
  package mutating func messages(for event: Event) -> [[UInt8]] {
    guard let agent = event.agent, let run = event.run, let conversation = event.conversation else {
      return []
    }
    switch event.body {
    case .messageDelta(let delta) where delta.channel == .final:
      change(agent.id, run, conversation) { $0.held += delta.text }
    case .messageCompleted(let completed) where completed.role == .agent:
      let isFailed = completed.finish == "failed"
      change(agent.id, run, conversation) { answer in
        answer.completed = (completed.text, isFailed ? nil : event.message, isFailed)
        answer.isOver = !isFailed
      }
    case .run(.failed, _, let failure):
      change(agent.id, run, conversation) { answer in
        answer.failure = failure?.message ?? "The run failed."
        answer.isOver = true
      }
    default:
      return []
    }
    return show(agent)
  }

  private mutating func change(
    _ agent: Identifier<Agent>, _ run: Identifier<Run>, _ conversation: Identifier<Conversation>,
    _ change: (inout Answer) -> Void
  ) {
    var list = answers[agent] ?? []
    let index = list.firstIndex { $0.run == run } ?? list.count
    if index == list.count { list.append(Answer(run: run, conversation: conversation)) }
    change(&list[index])
    answers[agent] = list
  }

  /// Shows what the owner of the bubble has, and lets the next one in when it is over.
  private mutating func show(_ agent: AgentReference) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    while var owner = answers[agent.id]?.first {
      if !owner.held.isEmpty {
        messages.append(Self.chunk(owner.held, of: owner, agent))
        owner.held = ""
        answers[agent.id]?[0] = owner
      }
      guard owner.isOver else { break }
      if let failure = owner.failure { messages.append(Self.failure(failure, of: owner, agent)) }
      if owner.completed != nil { messages.append(Self.completion(of: owner, agent)) }
      answers[agent.id]?.removeFirst()
      if answers[agent.id]?.isEmpty == true { answers[agent.id] = nil }
    }
    return messages
  }

  private static func chunk(_ text: String, of answer: Answer, _ agent: AgentReference) -> [UInt8] {
    frame("agent-response") { writer in
      who(agent, into: &writer)
      writer.member("chunk", text)
      writer.member("conversationId", answer.conversation.text)
    }
  }

  private static func completion(of answer: Answer, _ agent: AgentReference) -> [UInt8] {
    frame("agent-response-complete") { writer in
      who(agent, into: &writer)
      writer.member("response", answer.completed?.text ?? "")
      writer.member("conversationId", answer.conversation.text)
      writer.member("messageId", orNull: answer.completed?.message?.text)
      if let failure = answer.failure { writer.member("error", failure) }
    }
  }

  private static func failure(_ text: String, of answer: Answer, _ agent: AgentReference) -> [UInt8] {
    frame("agent-response-error") { writer in
      who(agent, into: &writer)
      writer.member("error", text)
      writer.member("conversationId", answer.conversation.text)
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
