/// What of Markdown matters for cutting: headings, and where code begins and ends.
struct MarkdownLines {
  private var fence: (mark: UInt8, count: Int)?

  init() {}

  /// Takes the next line; tells its level and text when it is a heading (CommonMark §4.2). Lines within code are none (§4.5).
  mutating func heading(in line: ArraySlice<UInt8>) -> (level: Int, text: String)? {
    let body = line.drop { $0 == UInt8(ascii: " ") }
    guard line.count - body.count < 4, let first = body.first else { return nil }
    if first == UInt8(ascii: "`") || first == UInt8(ascii: "~") {
      takeFence(body, mark: first)
      return nil
    }
    guard fence == nil, first == UInt8(ascii: "#") else { return nil }
    let level = body.prefix { $0 == first }.count
    let rest = body.dropFirst(level)
    guard level <= 6, rest.first.map({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) ?? false else {
      return nil
    }
    let text = Self.trimmed(rest, of: " \t\r")
    let bare = Self.trimmed(text, of: "#")
    // Marks at the end belong to the heading only behind a blank.
    let hasClosing = bare.count < text.count && (bare.last == UInt8(ascii: " ") || bare.isEmpty)
    return (level, String(decoding: Self.trimmed(hasClosing ? bare : text, of: " \t"), as: UTF8.self))
  }

  private mutating func takeFence(_ body: ArraySlice<UInt8>, mark: UInt8) {
    let count = body.prefix { $0 == mark }.count
    guard count >= 3 else { return }
    if let open = fence {
      let isBare = body.dropFirst(count).allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
      if open.mark == mark, count >= open.count, isBare { fence = nil }
    } else {
      fence = (mark, count)
    }
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>, of characters: String) -> ArraySlice<UInt8> {
    let set = Array(characters.utf8)
    var bytes = bytes.drop { set.contains($0) }
    while let last = bytes.last, set.contains(last) { bytes.removeLast() }
    return bytes
  }

  /// The text of the first heading, which is the title of most documents.
  static func firstHeading(of text: String) -> String? {
    var lines = Self()
    for line in Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if let heading = lines.heading(in: line), !heading.text.isEmpty { return heading.text }
    }
    return nil
  }
}
