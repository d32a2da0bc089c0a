/// Whether the first row of a table names its columns.
enum HeaderRule {
  /// Each column votes: a text above numbers or dates is a name; a number above numbers, or a text that comes again, is a value. When nobody
  /// knows, there is a header, as in most files.
  static func hasHeader(_ rows: [[String]]) -> Bool {
    guard let first = rows.first, rows.count > 1 else { return true }
    var votes = 0
    for (index, name) in first.enumerated() {
      let below = rows.dropFirst().compactMap { index < $0.count ? $0[index] : nil }
      votes += vote(name, below: below)
    }
    return votes >= 0
  }

  private static func vote(_ name: String, below: [String]) -> Int {
    var tally = ColumnTally()
    for text in below { tally.note(text.utf8Span.span) }
    guard tally.count > 0, !name.isEmpty else { return 0 }
    var own = ColumnTally()
    own.note(name.utf8Span.span)
    let kind = tally.format(delimiter: UInt8(ascii: ",")).type
    let isTyped = own.count > 0 && own.format(delimiter: UInt8(ascii: ",")).type != .text
    if isTyped { return kind == .text ? 0 : -1 }
    if kind != .text { return 1 }
    return below.contains(name) ? -1 : 0
  }
}
