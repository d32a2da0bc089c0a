package import Basics
package import Model

/// An event that was just committed, with the JSON that every surface shows.
package struct PublishedEvent: Sendable {
  package let event: Event
  /// `EventEncoder.event` of the event, encoded once for all who watch.
  package let json: [UInt8]

  package init(event: Event, json: [UInt8]) {
    self.event = event
    self.json = json
  }
}

/// A row of the log. Its body stays bytes until somebody looks into it.
package struct StoredEvent: Sendable {
  /// Everything but the body, which is empty here.
  package let header: Event
  /// The body's members as one JSON object.
  package let body: [UInt8]
  /// How many seqs of its conversation it stands for, up to its own; more than 1 where old deltas were merged.
  package let count: Int64

  init(header: Event, body: [UInt8], count: Int64 = 1) {
    self.header = header
    self.body = body
    self.count = count
  }

  /// Position in the hub's log.
  package var offset: Int64 { header.offset }
  /// The conversation it belongs to; nil for events of the hub.
  package var conversation: Identifier<Conversation>? { header.conversation }
  /// Position inside the conversation; 0 without one.
  package var seq: Int64 { header.seq }
  /// What happened.
  package var type: EventType { header.type }
  /// The run that caused it, if one did.
  package var run: Identifier<Run>? { header.run }
  /// The pipeline's step that it belongs to.
  package var step: String? { header.step }
  /// The agent it is about or from.
  package var agent: AgentReference? { header.agent }
  /// The message it is about.
  package var message: Identifier<Message>? { header.message }
  /// When it happened.
  package var at: Timestamp { header.at }

  /// The event's JSON, made without decoding the body.
  package func json(isReplay: Bool = false) -> [UInt8] {
    EventEncoder.event(header, body: body, count: Int(count), isReplay: isReplay)
  }

  /// The event as a value.
  ///
  /// - Throws: `row_unreadable` when the stored body is not JSON.
  package func event() throws(StoreError) -> Event {
    var event = header
    do {
      event.body = EventBody(type: header.type, json: try JSON.parse(body))
    } catch {
      throw StoreError.unreadable(noun: "event", detail: "offset \(offset): \(error.message)")
    }
    return event
  }
}
