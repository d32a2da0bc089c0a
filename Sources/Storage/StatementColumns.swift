import Basics
import Database

/// Columns in the terms of the nouns.
extension Statement {
  func timestamp(_ column: Int) -> Timestamp { Timestamp(milliseconds: integer(column)) }

  func optionalTimestamp(_ column: Int) -> Timestamp? {
    optionalInteger(column).map { Timestamp(milliseconds: $0) }
  }

  func optionalIdentifier<Noun>(_ column: Int) -> Identifier<Noun>? {
    optionalText(column).map { Identifier($0) }
  }

  /// - Throws: `row_unreadable` when the text is not JSON.
  func optionalJSON(_ column: Int, of noun: String) throws(StoreError) -> JSON? {
    guard !isNull(column) else { return nil }
    do {
      return try JSON.parse(bytes(column))
    } catch {
      throw StoreError.unreadable(noun: noun, detail: error.message)
    }
  }
}
