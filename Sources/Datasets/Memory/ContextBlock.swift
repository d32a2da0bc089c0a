package import Model

/// What a model should know of a data set and its talk before it reads the question: a few lines.
package struct ContextBlock: Equatable, Sendable {
  package var filename: String
  package var rowCount: Int?
  /// All names.
  package var columns: [String]
  /// The oldest first.
  package var messages: [ChatMessage]

  /// Column names that are listed.
  package static let listedColumns = 10
  /// Messages that are quoted.
  package static let quotedMessages = 5
  /// Characters of each.
  package static let quotedCharacters = 100

  package init(filename: String, rowCount: Int?, columns: [String], messages: [ChatMessage]) {
    self.filename = filename
    self.rowCount = rowCount
    self.columns = columns
    self.messages = messages
  }

  /// The block as text, a line for each thing.
  package var text: String {
    let more = columns.count - Self.listedColumns
    var lines = [
      "File: \(filename)", "Rows: \(rowCount.map(String.init) ?? "unknown")", "Columns: \(columns.count)",
      "Column names: " + columns.prefix(Self.listedColumns).joined(separator: ", ")
        + (more > 0 ? " and \(more) more" : ""),
    ]
    let quoted = messages.suffix(Self.quotedMessages)
    if !quoted.isEmpty { lines.append("Last messages:") }
    for message in quoted {
      lines.append("- \(message.role): \(message.readableText.cut(to: Self.quotedCharacters))")
    }
    return lines.joined(separator: "\n")
  }
}

extension String {
  /// The text on one line, with a mark where it was cut.
  func cut(to limit: Int) -> String {
    let line = split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count <= limit ? line : line.prefix(limit) + "…"
  }
}
