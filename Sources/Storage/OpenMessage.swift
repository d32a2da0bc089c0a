package import Basics
package import Model

/// A message that is being written: what its deltas add up to so far.
package struct OpenMessage: Equatable, Sendable {
  package let id: Identifier<Message>
  package let run: Identifier<Run>
  package let agent: AgentReference?
  /// The answer so far, or what a pipeline's step says on the way to it.
  package var final = ""
  /// The visible reasoning so far.
  package var thought = ""
  /// The newest event that is contained.
  package var seq: Int64

  /// Adds up deltas, in the order of their seq, and drops the messages that reached their end.
  static func gather(
    from events: [StoredEvent], of runs: Set<Identifier<Run>>
  ) throws(StoreError) -> [OpenMessage] {
    var open: [OpenMessage] = []
    for stored in events {
      guard let id = stored.message, let run = stored.run, runs.contains(run) else { continue }
      let index = open.firstIndex { $0.id == id }
      switch (try stored.event().body, index) {
      case (.messageDelta(let delta), let index?): open[index].add(delta, seq: stored.seq)
      case (.messageDelta(let delta), nil):
        var message = OpenMessage(id: id, run: run, agent: stored.agent, seq: stored.seq)
        message.add(delta, seq: stored.seq)
        open.append(message)
      case (.messageCompleted, let index?): open.remove(at: index)
      default: break
      }
    }
    return open
  }

  private mutating func add(_ delta: MessageDelta, seq: Int64) {
    self.seq = seq
    switch delta.channel {
    case .final, .step: final += delta.text
    case .thought: thought += delta.text
    }
  }
}
