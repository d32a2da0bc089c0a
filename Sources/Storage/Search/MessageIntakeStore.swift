import Database

/// What the search takes in: new messages wait for it, and so do those that were stored before there was one.
package struct MessageIntakeStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let isWaiting = "SELECT EXISTS (SELECT 1 FROM message_waiting)"
  static let isFilling = "SELECT EXISTS (SELECT 1 FROM message_filling)"
  static let waiting = """
    SELECT w.place, w.conversation, w.seq, w.agent, coalesce(m.created_at, 0), coalesce(length(m.text), 0)
    FROM message_waiting w LEFT JOIN messages m ON m.conversation = w.conversation AND m.seq = w.seq
    ORDER BY w.place LIMIT ?1
    """
  static let waitedTo = "DELETE FROM message_waiting WHERE place <= ?1"
  static let filling = "SELECT before_message FROM message_filling"
  static let unfilled = """
    SELECT id, conversation, seq, agent, created_at, length(text) FROM messages WHERE id < ?1 ORDER BY id DESC LIMIT ?2
    """
  static let filledTo = "UPDATE message_filling SET before_message = ?1"
  static let filled = "DELETE FROM message_filling"
  /// A trigger gives the number its words.
  static let take = """
    INSERT INTO message_numbers (number, conversation, seq, agent)
    SELECT coalesce(
        (SELECT max(number) + 1 FROM message_numbers WHERE number >= moment << 20 AND number < (moment + 1) << 20), moment << 20
      ), conversation, seq, ?3
    FROM (
      SELECT conversation, seq, min(max(created_at, 0), 8000000000000) AS moment FROM messages
      WHERE conversation = ?1 AND seq = ?2 AND type IN ('message', 'thought') AND step IS NULL AND text <> ''
        AND NOT EXISTS (SELECT 1 FROM message_numbers n WHERE n.conversation = ?1 AND n.seq = ?2))
    """
  static let all = [
    isWaiting, isFilling, waiting, waitedTo, filling, unfilled, filledTo, filled, take,
  ]
}

/// A message whose words are to be taken in; `Place` is where it stands among those that are.
private struct Untaken<Place> {
  let place: Place
  let conversation: String
  let seq: Int64
  let agent: String?
  /// No earlier than 1970, as in its number.
  let createdAt: Int64
  /// Characters of its text.
  let length: Int64

  /// Reads the columns after the place.
  init(_ row: Statement, place: Place) {
    self.place = place
    conversation = row.text(1)
    seq = row.integer(2)
    agent = row.optionalText(3)
    createdAt = max(row.integer(4), 0)
    length = row.integer(5)
  }
}

/// Characters that count as a message: a long one takes the time of many, as 60 words take 3 times the 50 microseconds of 3.
private let charactersOfMessage = 400

extension MessageIntakeStore {
  static var statements: [String] { SQL.all }

  /// Whether the words of all messages are taken in.
  package func isComplete() throws -> Bool {
    try !isWaiting() && !isFilling()
  }

  /// Whether there are messages from before the search that are not taken in yet.
  package func isFilling() throws -> Bool {
    try transaction.connection.first(SQL.isFilling) { $0.integer(0) } == 1
  }

  /// Whether there are new messages whose words are not taken in yet.
  package func isWaiting() throws -> Bool {
    try transaction.connection.first(SQL.isWaiting) { $0.integer(0) } == 1
  }
}

extension MessageIntakeStore where Access == WriteTransaction {
  /// Takes in the words of some messages: of those that wait, the longest waiting first, and then of those that were stored before the search came
  /// to the hub, the newest first. Called until it has nothing more to do.
  ///
  /// - Parameter limit: messages of this transaction, fewer where they are long.
  /// - Returns: whether there may be more.
  package func take(atMost limit: Int) throws -> Bool {
    if try takeWaiting(atMost: limit) { return true }
    return try fill(atMost: limit)
  }

  /// Takes in the words of new messages, the longest waiting first.
  ///
  /// - Parameter limit: as above.
  /// - Returns: whether there may be more.
  package func takeWaiting(atMost limit: Int) throws -> Bool {
    let waiting = try transaction.connection.rows(SQL.waiting, .integer(Int64(limit))) {
      Untaken($0, place: $0.integer(0))
    }
    let some = Self.few(waiting, limit)
    guard let last = some.last else { return false }
    try take(some)
    try transaction.connection.run(SQL.waitedTo, .integer(last.place))
    return true
  }

  private func fill(atMost limit: Int) throws -> Bool {
    let connection = transaction.connection
    guard let before = try connection.first(SQL.filling, read: { $0.text(0) }) else { return false }
    let messages = try connection.rows(SQL.unfilled, .text(before), .integer(Int64(limit))) {
      Untaken($0, place: $0.text(0))
    }
    let some = Self.few(messages, limit)
    guard let oldest = some.last else {
      try connection.run(SQL.filled)
      return false
    }
    try take(some)
    try connection.run(SQL.filledTo, .text(oldest.place))
    return true
  }

  /// As many as one transaction should take in, one at least.
  private static func few<Place>(
    _ messages: [Untaken<Place>], _ limit: Int
  ) -> ArraySlice<Untaken<Place>> {
    var characters = 0
    let count = messages.prefix { message in
      defer { characters += Int(message.length) }
      return characters < limit * charactersOfMessage
    }.count
    return messages.prefix(count)
  }

  private func take<Place>(_ messages: ArraySlice<Untaken<Place>>) throws {
    // The oldest first: the full-text search writes out what it has gathered when a number is smaller than the one before.
    for message in messages.sorted(by: { ($0.createdAt, $0.seq) < ($1.createdAt, $1.seq) }) {
      try transaction.connection.run(
        SQL.take, .text(message.conversation), .integer(message.seq), DatabaseValue(message.agent))
    }
  }
}
