import Basics
import Database
import Model

/// Full-text search over messages. New ones wait until their words are taken in; what is deleted goes at once, by triggers of the database.
package struct MessageSearchStore<Access: Transaction> {
  let transaction: Access
}

private enum SQL {
  static let newest = """
    SELECT rowid, 0.0 FROM message_words
    WHERE message_words MATCH ?1 AND rowid >= ?2 AND rowid <= ?3 AND rowid < ?4 ORDER BY rowid DESC LIMIT ?5
    """
  /// Ranks the newest that match, so that a word of every message costs no more than one of some.
  static let best = """
    SELECT number, score FROM (
      SELECT rowid AS number, closeness(message_words, ?4) AS score FROM message_words
      WHERE message_words MATCH ?1 AND rowid >= ?2 AND rowid <= ?3 ORDER BY rowid DESC LIMIT ?5)
    WHERE score < ?6 OR score = ?6 AND number < ?7 ORDER BY score DESC, number DESC LIMIT ?8
    """
  static let count = """
    SELECT count(*) FROM (SELECT 1 FROM message_words WHERE message_words MATCH ?1 AND rowid <= ?2 LIMIT ?3)
    """
  static let found = """
    SELECT m.id, c.title FROM message_numbers n
    CROSS JOIN messages m ON m.conversation = n.conversation AND m.seq = n.seq
    CROSS JOIN conversations c ON c.id = n.conversation WHERE n.number = ?1 AND m.tenant = ?2
    """
  /// One walk for all of a page: to look each up anew would gather the words of a beginning as often. The plus keeps SQLite from doing just that.
  static let marked = """
    SELECT rowid, highlight(message_words, 0, ?4, ?5) FROM message_words
    WHERE message_words MATCH ?1 AND rowid >= ?2 AND rowid <= ?3 AND +rowid IN (SELECT value FROM json_each(?6))
    ORDER BY rowid DESC LIMIT ?7
    """
  static let top = "SELECT max(number) FROM message_numbers"
  static let all = [newest, best, count, found, marked, top]
}

/// The newest messages that match and are ranked at most: 2 microseconds each.
private let mostRanked: Int64 = 2000
/// A word that is in as many messages says little, and is not counted further.
private let common = 10_000
private let tenant = "default"

extension MessageSearchStore {
  static var statements: [String] { SQL.all }

  /// A page of the messages that match; `next` is the cursor of the page after it.
  package func find(_ search: MessageSearch) throws -> Page<FoundMessage, SearchCursor> {
    guard let numbers = search.numbers, let newest = try newestNumber() else {
      return Page(items: [], next: nil)
    }
    let top = min(numbers.upperBound, newest)
    let expression = search.expression(tenant: tenant)
    var places = try places(search, expression, numbers.lowerBound, top)
    let hasMore = places.count > search.limit
    if hasMore { places.removeLast(places.count - search.limit) }
    let marked = try marked(places.map(\.number), expression)
    let items = try places.compactMap { try found($0.number, marked[$0.number] ?? "") }
    let next = hasMore ? places.last.map { SearchCursor(top: top, number: $0.number, score: $0.score) } : nil
    return Page(items: items, next: next)
  }

  private func newestNumber() throws -> Int64? {
    try transaction.connection.first(SQL.top) { $0.optionalInteger(0) } ?? nil
  }

  /// Where the matches of a page are, one more than it holds.
  private func places(
    _ search: MessageSearch, _ expression: String, _ bottom: Int64, _ top: Int64
  ) throws -> [(number: Int64, score: Double)] {
    let connection = transaction.connection
    let read = { (row: Statement) in (number: row.integer(0), score: row.real(1)) }
    let limit = DatabaseValue.integer(Int64(search.limit + 1))
    guard search.sort == .best else {
      return try connection.rows(
        SQL.newest, .text(expression), .integer(bottom), .integer(top),
        .integer(search.cursor?.number ?? .max), limit, read: read)
    }
    return try connection.rows(
      SQL.best, .text(expression), .integer(bottom), .integer(top),
      .bytes(try weights(search.query, top)), .integer(mostRanked),
      .real(search.cursor?.score ?? .infinity), .integer(search.cursor?.number ?? .max), limit, read: read)
  }

  /// What each word weighs: the rarer, the more. Of phrases and beginnings that is not known without a walk along them.
  private func weights(_ query: MessageQuery, _ top: Int64) throws -> [UInt8] {
    try query.terms.flatMap { term in
      var weight = Self.weight(of: 100)
      if term.isWord, query.terms.count > 1 {
        let count = try transaction.connection.first(
          SQL.count, .text("text : \(term.expression)"), .integer(top), .integer(Int64(common))
        ) { $0.integer(0) }
        weight = Self.weight(of: count ?? 0)
      }
      return withUnsafeBytes(of: weight) { Array($0) }
    }
  }

  /// The weight of a word that is in so many messages.
  private static func weight(of count: Int64) -> Double {
    // Doublings from rare to common, so that no library of mathematics is needed: 1 for common words, 14 for one that is there once.
    let halvings = (Int64(common) / max(count, 1)).leadingZeroBitCount
    return Double(Int64.bitWidth - halvings)
  }

  /// The texts of a page's messages, marked where they match.
  private func marked(_ numbers: [Int64], _ expression: String) throws -> [Int64: String] {
    guard let first = numbers.min(), let last = numbers.max() else { return [:] }
    var texts: [Int64: String] = [:]
    try transaction.connection.each(
      SQL.marked, .text(expression), .integer(first), .integer(last), .text(String(MarkedText.start)),
      .text(String(MarkedText.end)), .text("[\(numbers.map { "\($0)" }.joined(separator: ","))]"),
      .integer(Int64(numbers.count))
    ) { texts[$0.integer(0)] = $0.text(1) }
    return texts
  }

  private func found(_ number: Int64, _ marked: String) throws -> FoundMessage? {
    let row = try transaction.connection.first(SQL.found, .integer(number), .text(tenant)) {
      (id: Identifier<Message>($0.text(0)), title: $0.optionalText(1))
    }
    guard let row, let message = try transaction.messages.get(row.id) else { return nil }
    return FoundMessage(
      message: message, title: row.title, text: MarkedText(marked: marked, of: message.text))
  }
}
