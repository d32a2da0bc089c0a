import Basics

/// Finds SQL in what a model wrote, when it did not call the tool.
package enum SQLExtraction {
  /// The statement in a fence marked `sql`, in any other fence that begins with one, or in the text itself; nil when there is none.
  package static func statement(in prose: String) -> String? {
    let lines = prose.split(separator: "\n", omittingEmptySubsequences: false)
    let fences = fences(in: lines)
    if let marked = fences.first(where: { $0.language == "sql" && !$0.body.isEmpty }) { return marked.body }
    if let other = fences.first(where: { isStatement($0.body) }) { return other.body }
    return statement(inPlain: lines)
  }

  private static func fences(in lines: [Substring]) -> [(language: String, body: String)] {
    var fences: [(language: String, body: String)] = []
    var open: (language: String, lines: [Substring])?
    for line in lines {
      let text = line.drop { $0 == " " || $0 == "\t" }
      if text.hasPrefix("```") {
        if let fence = open {
          fences.append((fence.language, fence.lines.joined(separator: "\n").trimmed))
          open = nil
        } else {
          let word = text.drop { $0 == "`" }.prefix { !$0.isWhitespace }
          open = (word.lowercased(), [])
        }
      } else {
        open?.lines.append(line)
      }
    }
    // An answer that was cut off does not close its fence.
    if let fence = open { fences.append((fence.language, fence.lines.joined(separator: "\n").trimmed)) }
    return fences
  }

  /// From SELECT (or WITH, where a line begins with it) to the semicolon, the blank line, or the end.
  private static func statement(inPlain lines: [Substring]) -> String? {
    let begin = lines.indices.first { isStatement(String(lines[$0])) }
    let rest: [Substring]
    if let begin {
      rest = Array(lines[begin...])
    } else {
      // In a sentence only capitals are SQL: "select the best" is not.
      guard let line = lines.indices.first(where: { start(of: "SELECT", in: lines[$0]) != nil }),
        let place = start(of: "SELECT", in: lines[line])
      else { return nil }
      rest = [lines[line][place...]] + lines[(line + 1)...]
    }
    let block = rest.prefix { !$0.allSatisfy(\.isWhitespace) && !$0.hasPrefix("```") }.joined(separator: "\n")
    let statement = untilSemicolon(block).trimmed
    return statement.isEmpty ? nil : statement
  }

  private static func isStatement(_ text: String) -> Bool {
    let word = text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }.uppercased()
    guard word == "WITH" else { return word == "SELECT" }
    // As a word of English it begins many sentences.
    let upper = text.uppercased()
    return upper.contains(" AS (") || upper.contains(" AS(") || upper.contains("RECURSIVE")
  }

  private static func start(of word: String, in line: Substring) -> Substring.Index? {
    var index = line.startIndex
    while index < line.endIndex {
      let rest = line[index...]
      let isWord = index == line.startIndex || !line[line.index(before: index)].isLetter
      if isWord, rest.hasPrefix(word), rest.dropFirst(word.count).first?.isWhitespace ?? false {
        return index
      }
      index = line.index(after: index)
    }
    return nil
  }

  private static func untilSemicolon(_ text: String) -> String {
    guard let tokens = try? SQLTokenizer.tokens(of: text),
      let end = tokens.first(where: { $0.kind == .symbol(UInt8(ascii: ";")) })
    else { return text }
    return String(decoding: Array(text.utf8)[..<end.range.lowerBound], as: UTF8.self)
  }
}
