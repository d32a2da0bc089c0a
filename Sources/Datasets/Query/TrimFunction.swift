import Database

/// `trim(x, y)`, `ltrim` and `rtrim` in the time of reading their arguments.
///
/// The engine's own compare each character of the one with each of the other, in one operation that no clock and no stop can interrupt: two
/// texts of 256 KB, which any question can make, kept a thread busy for four minutes.
enum TrimFunction {
  static func define(on connection: DatabaseConnection) throws(DatabaseError) {
    for (name, ends) in [("trim", (true, true)), ("ltrim", (true, false)), ("rtrim", (false, true))] {
      try connection.define(name, argumentCount: 2) { arguments in
        guard let text = arguments.text(0), let characters = arguments.text(1) else { return nil }
        return trimmed(text, of: Set(characters.unicodeScalars), start: ends.0, end: ends.1)
      }
    }
  }

  private static func trimmed(
    _ text: String, of characters: Set<Unicode.Scalar>, start: Bool, end: Bool
  ) -> String {
    var rest = text.unicodeScalars[...]
    if start { rest = rest.drop { characters.contains($0) } }
    if end { while let last = rest.last, characters.contains(last) { rest.removeLast() } }
    return String(String.UnicodeScalarView(rest))
  }
}
