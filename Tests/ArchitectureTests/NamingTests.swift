import Testing

struct NamingTests {
  /// Words that say nothing: every type manages, helps or wraps something.
  static let emptyWords: Set<String> = [
    "Manager", "Helper", "Helpers", "Util", "Utils", "Utilities", "Common", "Base", "Impl", "Misc", "New",
    "Old",
    "Data", "Info", "Wrapper",
  ]

  /// The words of a name in camel case: `HTTPHeadData` is HTTP, Head, Data.
  static func words(of name: String) -> [String] {
    name.split(separator: "+").flatMap { self.words(ofPart: Array($0)) }
  }

  private static func words(ofPart letters: [Character]) -> [String] {
    var words: [String] = []
    for (index, letter) in letters.enumerated() {
      let next = index + 1 < letters.count ? letters[index + 1] : nil
      let startsWord =
        letter.isUppercase && (index == 0 || !letters[index - 1].isUppercase || next?.isLowercase == true)
      if startsWord || words.isEmpty { words.append("") }
      words[words.count - 1].append(letter)
    }
    return words
  }

  static func emptyNames(in source: SwiftSource) -> [Violation] {
    let kinds: Set<Substring> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
    var found: [Violation] = []
    if self.words(of: source.stem).contains(where: { self.emptyWords.contains($0) || $0 == "Handler" }) {
      found.append(Violation(path: source.path, line: 1, detail: "the file's name"))
    }
    for (index, line) in source.codeLines.enumerated() {
      let tokens = SwiftSource.words(of: line)
      guard let kind = tokens.firstIndex(where: { kinds.contains($0) }), kind + 1 < tokens.count else {
        continue
      }
      let name = String(tokens[kind + 1])
      // A base URL is a term of RFC 3986.
      let words = self.words(of: name.hasPrefix("BaseURL") ? String(name.dropFirst(4)) : name)
      if words.contains(where: self.emptyWords.contains) {
        found.append(Violation(path: source.path, line: index + 1, detail: name))
      }
    }
    return found
  }

  @Test(
    arguments: [
      ("HTTPHeadData", ["HTTP", "Head", "Data"]), ("Database", ["Database"]), ("JSON", ["JSON"]),
      ("Run+Base", ["Run", "Base"]), ("baseURL", ["base", "URL"]),
    ])
  func `a name is read as its words`(name: String, words: [String]) {
    #expect(Self.words(of: name) == words)
  }

  @Test func `an empty name is found`() {
    let source = SwiftSource(
      path: "Sources/API/RequestHandler.swift", text: "package final class SocketManager {}")
    #expect(Self.emptyNames(in: source).map(\.detail) == ["the file's name", "SocketManager"])
  }

  @Test func `names say what a thing is`() {
    let found = (SwiftSource.all + SwiftSource.tests).flatMap { Self.emptyNames(in: $0) }
    expectNone(
      found, "Name what it is: …Machine rules, …Driver effects, …Parser, …Encoder, …Store, …Table, …Routes:")
  }
}
