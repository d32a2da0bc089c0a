import Basics

/// Words as the full-text search takes them: between quotes, where no sign means anything.
package enum FullTextTerm {
  /// Characters that a word may have.
  package static let longest = 64

  /// What somebody wrote, without what surrounds it. What joins its parts stays (`AUTH-001`), and makes it a phrase; nil when nothing is left.
  package static func word(_ text: Substring, atMost limit: Int = longest) -> String? {
    let scalars = text.unicodeScalars.prefix(limit)
    guard let first = scalars.firstIndex(where: isPart), let last = scalars.lastIndex(where: isPart) else {
      return nil
    }
    var word = String.UnicodeScalarView()
    for scalar in scalars[first...last] where scalar != "\"" && scalar.value >= 32 && scalar.value != 127 {
      word.append(scalar)
    }
    return String(word)
  }

  /// A word or a phrase that `word` gave, as a term of an expression.
  package static func quoted(_ word: String) -> String { "\"\(word)\"" }

  /// A word that nobody writes, made of anything: letters and digits only, so that it stays one word.
  static func mark(_ kind: String, _ text: String) -> String {
    quoted(kind + Hexadecimal.text(text.utf8))
  }

  /// Whether the character is a part of a word.
  static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}
