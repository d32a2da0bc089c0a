/// Bytes that a peer may send, and what must come of them: one file of `Tests/Corpus`.
///
/// Lines of `name: value` up to `---`, then the bytes. There, a line's end means nothing; `\r`, `\n`, `\t`, `\\` and `\x00` stand for
/// themselves, `\{100*text}` for a hundred times the text.
package struct HostileCase: Sendable, CustomStringConvertible {
  /// What must come of the bytes.
  package enum Outcome: Equatable, Sendable {
    /// These statuses in turn.
    case answers([Int])
    /// A WebSocket that is closed with a code; 1005 for a Close frame without one.
    case close(Int)
    /// A WebSocket that goes on.
    case open
  }

  /// `chunk/size-signed`
  package let name: String
  package let outcome: Outcome
  /// Whether the connection ends behind the outcome, so that nothing that follows is served.
  package let closes: Bool
  /// Whether the peer sends nothing more and waits for the server's deadline.
  package let waits: Bool
  /// Whether the outcome is a route's, which a parser alone does not know.
  package let needsServer: Bool
  /// How many WebSocket messages arrive before the outcome.
  package let messages: Int
  package let bytes: [UInt8]

  package var description: String { name }

  /// Whether the bytes are frames, sent behind an opening handshake.
  package var isWebSocket: Bool { name.hasPrefix("websocket/") }

  /// All cases, read once.
  package static let all: [HostileCase] = Repository.files(below: "Tests/Corpus", ending: ".case").compactMap
  {
    path in
    Repository.text(of: path).flatMap { HostileCase(path: path, text: $0) }
  }

  /// How many files there are, readable or not.
  package static let fileCount = Repository.files(below: "Tests/Corpus", ending: ".case").count

  /// Reads a file; nil when it is not of the form.
  init?(path: String, text: String) {
    guard let divide = text.range(of: "\n---\n") else { return nil }
    var values: [String: String] = [:]
    for line in text[..<divide.lowerBound].split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      values[String(parts[0])] = String(parts[1].drop { $0 == " " })
    }
    let kinds: Set = ["expect", "closes", "waits", "only", "messages"]
    guard let expected = values["expect"], let closes = values["closes"], text.hasPrefix("# "),
      Set(values.keys).isSubset(of: kinds),
      let bytes = Escapes.bytes(of: text[divide.upperBound...])
    else { return nil }
    name = String(path.dropFirst("Tests/Corpus/".count).dropLast(".case".count))
    if expected == "open" {
      outcome = .open
    } else {
      let numbers = expected.split(separator: " ").compactMap { Int($0) }
      outcome = name.hasPrefix("websocket/") ? .close(numbers.first ?? 0) : .answers(numbers)
    }
    self.closes = closes == "yes"
    waits = values["waits"] == "yes"
    needsServer = values["only"] == "server"
    messages = values["messages"].flatMap { Int($0) } ?? 0
    self.bytes = bytes
  }

  /// The ways to cut the bytes that matter: every one for a short case; for a long one whole, and at some sixty places.
  package var splits: [[[UInt8]]] {
    guard bytes.count > 600 else { return everySplit(of: bytes) }
    let places = Array(1..<30) + stride(from: 31, to: bytes.count, by: max(1, bytes.count / 30))
    return [[bytes]] + places.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
  }
}

/// The readable form of bytes.
private enum Escapes {
  static func bytes(of text: Substring) -> [UInt8]? {
    var rest = Array(text.utf8)[...]
    return read(&rest, isRepeated: false)
  }

  private static func read(_ rest: inout ArraySlice<UInt8>, isRepeated: Bool) -> [UInt8]? {
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\n"): break
      case UInt8(ascii: "}") where isRepeated: return bytes
      case UInt8(ascii: "\\"):
        guard let escaped = escape(&rest) else { return nil }
        bytes += escaped
      default: bytes.append(byte)
      }
    }
    return isRepeated ? nil : bytes
  }

  private static func escape(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    switch rest.popFirst() {
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "\\"): return [92]
    case UInt8(ascii: "x"):
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
      rest.removeFirst(2)
      return [value]
    case UInt8(ascii: "{"):
      let digits = rest.prefix { $0 != UInt8(ascii: "*") }
      guard let count = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      rest.removeFirst(min(rest.count, digits.count + 1))
      return read(&rest, isRepeated: true).map { unit in
        var bytes: [UInt8] = []
        bytes.reserveCapacity(unit.count * count)
        for _ in 0..<count { bytes += unit }
        return bytes
      }
    default: return nil
    }
  }
}

extension String {
  /// Where a text first occurs.
  fileprivate func range(of text: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<self.index(start, offsetBy: text.count) }
      start = self.index(after: start)
    }
    return nil
  }
}
