package import Basics
package import Model

/// What a subscription is about. A session has at most one subscription a topic.
package enum Topic: Hashable, Sendable {
  case everything
  case conversation(Identifier<Conversation>)
  case run(Identifier<Run>)
  case agent(Identifier<Agent>)

  /// Whether an event belongs to the topic.
  package func includes(_ event: Event) -> Bool {
    switch self {
    case .everything: true
    case .conversation(let id): event.conversation == id
    case .run(let id): event.run == id || event.parentRun == id
    case .agent(let id): event.agent?.id == id
    }
  }
}

extension Topic {
  /// An event's position among those of the topic.
  fileprivate func number(of event: Event) -> Int64 {
    isConversation ? event.seq : event.offset
  }

  /// Whether its events are counted by seq.
  var isConversation: Bool {
    if case .conversation = self { true } else { false }
  }

  /// The field that names the topic on the wire, and its id; nil for everything.
  var named: (field: String, id: String)? {
    switch self {
    case .everything: nil
    case .conversation(let id): ("conversation", id.text)
    case .run(let id): ("run", id.text)
    case .agent(let id): ("agent", id.text)
    }
  }
}

/// Which of a topic's events a subscription lets through.
package struct Filter: Equatable, Sendable {
  package let topic: Topic
  /// The wanted types; nil lets all through.
  package let types: Set<EventType>?
  /// What the client has already, in the topic's numbering: a seq of a conversation, else an offset.
  package var after: Int64

  package init(topic: Topic, types: Set<EventType>? = nil, after: Int64 = 0) {
    self.topic = topic
    self.types = types
    self.after = after
  }

  /// Whether an event passes.
  package func passes(_ event: Event) -> Bool {
    guard topic.includes(event), topic.number(of: event) > after else { return false }
    return types?.contains(event.type) ?? true
  }
}
