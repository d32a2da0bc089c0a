/// Cuts bytes that come in pieces into lines.
struct LineCutter {
  /// What has come of the line that has no end yet.
  private(set) var rest: [UInt8] = []

  /// Takes a piece and gives the lines that are whole, without their ends.
  mutating func take(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(rest + bytes[start..<end])
      rest = []
      start = end + 1
    }
    rest += bytes[start...]
    return lines
  }

  /// The last line, which has no end; empty when there is none.
  mutating func finish() -> [UInt8] {
    defer { rest = [] }
    return rest
  }
}
