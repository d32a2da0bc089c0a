package import Basics
package import Database
package import Model

/// One writing job's hold on the database: everything it does is stored together or not at all. Valid during its job only.
package final class WriteTransaction: Transaction {
  package let connection: DatabaseConnection
  /// The moment of this job.
  package private(set) var now = Timestamp.now
  private let identifiers: IdentifierSource
  private var heads = LogHeads()
  private var appended: [PublishedEvent] = []
  private var appendedBefore = 0

  init(_ connection: DatabaseConnection, identifiers: IdentifierSource) {
    self.connection = connection
    self.identifiers = identifiers
  }

  /// Bytes of an event's body. Everybody who watches gets every event, so none may be larger than the newest frames kept for them (8 MiB).
  private static let maximumBody = 7 << 20

  /// Makes an id that sorts after all this process made before (a UUID of version 7).
  package func newIdentifier<Noun>() -> Identifier<Noun> { identifiers.make(at: now) }

  /// Adds an event to the log: it gets its offset and seq, and is published once the transaction is committed.
  ///
  /// - Parameter event: offset and seq are ignored; an `at` of 0 becomes `now`.
  /// - Returns: the event as it is stored.
  /// - Throws: `conversation_not_found` when its conversation does not exist, `event_too_large`.
  @discardableResult
  package func append(_ event: Event) throws -> Event {
    var event = event
    if event.at.milliseconds == 0 { event.at = now }
    event.seq = 0
    if let conversation = event.conversation {
      event.seq = try heads.nextSeq(of: conversation) { try conversations.head(of: conversation) }
    }
    event.offset = try heads.nextOffset { try events.head() }
    let body = EventEncoder.body(event.body)
    guard body.count <= Self.maximumBody else {
      throw StoreError.eventTooLarge(type: event.type.rawValue, bytes: body.count)
    }
    try events.insert(event, body: body)
    appended.append(PublishedEvent(event: event, json: EventEncoder.event(event, body: body)))
    return event
  }

  /// Makes later events of a deleted conversation fail.
  func forgetHead(of conversation: Identifier<Conversation>) { heads.forget(conversation) }

  /// Starts a job inside the batch.
  func mark() {
    now = .now
    heads.mark()
    appendedBefore = appended.count
  }

  /// Takes back the counters and events of the job that failed; its rows are the caller's affair.
  func rollBack() {
    heads.rollBack()
    appended.removeSubrange(appendedBefore...)
  }

  /// Forgets the whole batch.
  func abandon() {
    heads.forgetAll()
    appended.removeAll()
  }

  /// Hands out the batch's events, once it is committed.
  func takeAppended() -> [PublishedEvent] {
    defer { appended = [] }
    return appended
  }
}
