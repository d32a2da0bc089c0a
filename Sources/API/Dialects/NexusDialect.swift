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
    /// The whole text, once it is stored.
    var completed: (text: String, message: Identifier<Message>?)?
    var failure: String?
    /// Whether nothing more will come.
    var isOver = false
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
    if event.type == .conversationDeleted { return forget(event.conversation) }
    guard let agent = event.agent, let run = event.run, let conversation = event.conversation else {
      return []
    }
    switch event.body {
    case .messageDelta(let delta) where delta.channel == .final:
      change(agent, run, conversation) { $0.held += delta.text }
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
    default:
      return []
    }
    return show(agent.id)
  }

  private mutating func change(
    _ agent: AgentReference, _ run: Identifier<Run>, _ conversation: Identifier<Conversation>,
    _ change: (inout Answer) -> Void
  ) {
    var list = answers[agent.id] ?? []
    let index = list.firstIndex { $0.run == run } ?? list.count
    if index == list.count { list.append(Answer(run: run, agent: agent, conversation: conversation)) }
    change(&list[index])
    answers[agent.id] = list
  }

  /// A deleted conversation's runs say nothing more: closes the bubbles that show one, and drops what was held back.
  private mutating func forget(_ conversation: Identifier<Conversation>?) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    for agent in Array(answers.keys) {
      guard var list = answers[agent], list.contains(where: { $0.conversation == conversation }) else {
        continue
      }
      var owner = list.removeFirst()
      list.removeAll { $0.conversation == conversation }
      if owner.conversation == conversation {
        owner.completed = ("", nil)
        owner.failure = "The conversation was deleted."
        owner.isOver = true
      }
      answers[agent] = [owner] + list
      messages += show(agent)
    }
    return messages
  }

  /// Shows what the owner of the bubble has, and lets the next one in when it is over.
  private mutating func show(_ agent: Identifier<Agent>) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    while var owner = answers[agent]?.first {
      if !owner.held.isEmpty {
        messages.append(Self.chunk(owner.held, of: owner))
        owner.held = ""
        answers[agent]?[0] = owner
      }
      guard owner.isOver else { break }
      if let failure = owner.failure { messages.append(Self.failure(failure, of: owner)) }
      if owner.completed != nil { messages.append(Self.completion(of: owner)) }
      answers[agent]?.removeFirst()
      if answers[agent]?.isEmpty == true { answers[agent] = nil }
    }
    return messages
  }

  private static func chunk(_ text: String, of answer: Answer) -> [UInt8] {
    frame("agent-response") { writer in
      who(answer, into: &writer)
      writer.member("chunk", text)
      writer.member("conversationId", answer.conversation.text)
    }
  }

  private static func completion(of answer: Answer) -> [UInt8] {
    frame("agent-response-complete") { writer in
      who(answer, into: &writer)
      writer.member("response", answer.completed?.text ?? "")
      writer.member("conversationId", answer.conversation.text)
      writer.member("messageId", orNull: answer.completed?.message?.text)
      if let failure = answer.failure { writer.member("error", failure) }
    }
  }

  private static func failure(_ text: String, of answer: Answer) -> [UInt8] {
    frame("agent-response-error") { writer in
      who(answer, into: &writer)
      writer.member("error", text)
      writer.member("conversationId", answer.conversation.text)
    }
  }

  private static func who(_ answer: Answer, into writer: inout JSONWriter) {
    writer.member("agentId", answer.agent.id.text)
    writer.member("agentName", answer.agent.name)
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
