package import Basics
import CSQLite

/// Columns of the current row as JSON, straight from where SQLite keeps them: a page of 50 messages costs half of what it costs through
/// strings and nouns.
extension Statement {
  /// Writes a member with the column's text, or null. SQLite does not insist on UTF-8, and another program may have written the row:
  /// what is invalid becomes U+FFFD.
  package func writeText(_ column: Int, as name: StaticString, into writer: inout JSONWriter) {
    writer.key(name)
    guard let bytes = utf8(column) else { return writer.null() }
    writer.string(utf8: bytes.span)
  }

  /// Writes a member with the JSON value that the column holds as text, or null.
  package func writeJSON(_ column: Int, as name: StaticString, into writer: inout JSONWriter) {
    writer.key(name)
    if let bytes = utf8(column) { writer.raw(bytes) } else { writer.null() }
  }
}
