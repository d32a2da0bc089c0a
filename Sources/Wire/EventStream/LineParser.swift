/// Cuts a stream of bytes into lines, whatever pieces the bytes come in.
///
/// For newline-delimited JSON: each line is one document, blank lines are left out.
package struct LineParser: Sendable {
  /// What ends a line, and whether a blank one counts.
  package enum Format: Sendable {
    /// LF ends a line, one CR before it belongs to the end, blank lines are left out.
    case newlineDelimitedJSON
    /// LF, CR LF or CR alone end a line, blank lines count (WHATWG HTML §9.2.6).
    case eventStream
  }

  private let format: Format
  private let limit: Int
  private var line: [UInt8] = []
  /// The last byte was a CR that ended a line, so an LF right after it is the same end.
  private var sawReturn = false

  /// - Parameter limit: bytes that one line may have.
  package init(format: Format = .newlineDelimitedJSON, limit: Int = 8 << 20) {
    self.format = format
    self.limit = limit
  }

  /// Takes the next bytes and gives the lines they complete, without their ends.
  ///
  /// - Throws: `stream_line_too_long`.
  package mutating func receive(_ bytes: [UInt8]) throws(StreamFormatError) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    for index in bytes.indices where bytes[index] == Self.feed || bytes[index] == Self.return {
      let isFeed = bytes[index] == Self.feed
      guard isFeed || format == .eventStream else { continue }
      let isSecondHalf = isFeed && sawReturn && index == start && line.isEmpty
      sawReturn = !isFeed
      if !isSecondHalf {
        try take(bytes[start..<index])
        finishLine(into: &lines)
      }
      start = index + 1
    }
    if start < bytes.count {
      sawReturn = false
      try take(bytes[start...])
    }
    return lines
  }

  /// Says that the bytes are over, and gives the last line if it had no end.
  package mutating func end() -> [UInt8]? {
    var lines: [[UInt8]] = []
    if !line.isEmpty { finishLine(into: &lines) }
    return lines.first
  }

  private mutating func take(_ piece: ArraySlice<UInt8>) throws(StreamFormatError) {
    guard line.count + piece.count <= limit else { throw .lineTooLong(limit: limit) }
    line.append(contentsOf: piece)
  }

  private mutating func finishLine(into lines: inout [[UInt8]]) {
    switch format {
    case .eventStream: lines.append(line)
    case .newlineDelimitedJSON:
      if line.last == Self.return { line.removeLast() }
      if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) { lines.append(line) }
    }
    line = []
  }

  private static let feed = UInt8(ascii: "\n")
  private static let `return` = UInt8(ascii: "\r")
}
