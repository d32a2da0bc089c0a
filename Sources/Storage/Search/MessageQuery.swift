/// What somebody looks for in messages: words that must all be there, `"phrases"`, and `beginnings*`.
///
/// Whatever is typed is read: no sign can be wrong. A quotation mark without its partner reaches to the end.
package struct MessageQuery: Equatable, Sendable {
  /// One word, phrase or beginning.
  package struct Term: Equatable, Sendable {
    /// As the full-text search takes it.
    package let expression: String
    /// Whether it is a plain word, which is counted to know what it weighs.
    package let isWord: Bool
  }

  /// Why a text cannot be looked for.
  package enum Fault: Error, Equatable {
    case noWord
    case tooManyWords
    case shortBeginning
  }

  /// Words and phrases that one search may have.
  package static let most = 16
  /// Letters that must stand before a `*`: of shorter beginnings there are too many words, and no list.
  package static let shortestBeginning = 3
  /// Characters of a phrase.
  private static let longestPhrase = 500

  /// What must all be there.
  package let terms: [Term]

  /// Reads what was typed.
  ///
  /// - Throws: `Fault`, when there is nothing to look for, or too much.
  package init(_ text: String) throws(Fault) {
    var terms: [Term] = []
    var rest = Substring(text)
    while let piece = Self.next(in: &rest) {
      guard let term = try Self.term(piece), !terms.contains(term) else { continue }
      terms.append(term)
    }
    guard !terms.isEmpty else { throw .noWord }
    guard terms.count <= Self.most else { throw .tooManyWords }
    self.terms = terms
  }

  private struct Piece {
    let text: Substring
    let isPhrase: Bool
    let isBeginning: Bool
  }

  /// Cuts the next word or phrase off; nil at the end.
  private static func next(in rest: inout Substring) -> Piece? {
    rest = rest.drop { $0.isWhitespace || $0 == "*" }
    guard let first = rest.first else { return nil }
    let isPhrase = first == "\""
    if isPhrase { rest.removeFirst() }
    let end = rest.firstIndex { isPhrase ? $0 == "\"" : $0.isWhitespace || $0 == "\"" || $0 == "*" }
    let text = rest[..<(end ?? rest.endIndex)]
    rest = rest[text.endIndex...]
    if isPhrase, end != nil { rest.removeFirst() }
    return Piece(text: text, isPhrase: isPhrase, isBeginning: rest.first == "*")
  }

  private static func term(_ piece: Piece) throws(Fault) -> Term? {
    let limit = piece.isPhrase ? longestPhrase : FullTextTerm.longest
    guard let word = FullTextTerm.word(piece.text, atMost: limit) else { return nil }
    guard piece.isBeginning else {
      return Term(expression: FullTextTerm.quoted(word), isWord: !piece.isPhrase)
    }
    let last = word.unicodeScalars.reversed().prefix { FullTextTerm.isPart($0) }
    // One character of Chinese or Japanese says as much as several letters, and their words do not stand apart.
    guard last.count >= shortestBeginning || last.contains(where: { $0.value >= 0x2E80 }) else {
      throw .shortBeginning
    }
    return Term(expression: FullTextTerm.quoted(word) + "*", isWord: false)
  }
}
