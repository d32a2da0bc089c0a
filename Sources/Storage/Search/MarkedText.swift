/// A text with the places in it that match a search, in UTF-16 units.
package struct MarkedText: Equatable, Sendable {
  package let text: String
  package let matches: [Range<Int>]

  /// Stand around each match where SQLite marks them; no text is meant to hold these two.
  static let start: Unicode.Scalar = "\u{2}"
  static let end: Unicode.Scalar = "\u{3}"

  package init(text: String, matches: [Range<Int>]) {
    self.text = text
    self.matches = matches
  }

  /// Takes the marks out of a text again.
  ///
  /// - Parameter text: what the text is without them; one that holds such characters of its own is left unmarked.
  init(marked: String, of text: String) {
    var plain = String.UnicodeScalarView()
    var matches: [Range<Int>] = []
    var (units, from) = (0, 0)
    for scalar in marked.unicodeScalars {
      switch scalar {
      case Self.start: from = units
      case Self.end: matches.append(from..<units)
      default:
        plain.append(scalar)
        units += UTF16.width(scalar)
      }
    }
    // SQLite looks at the beginning of very long texts only.
    self.init(text: text, matches: text.hasPrefix(String(plain)) ? matches : [])
  }

  /// A part of a text, cut into what matches and what stands between.
  package struct Excerpt: Equatable, Sendable {
    /// A stretch of the part.
    package struct Segment: Equatable, Sendable {
      package let text: String
      package let isMatch: Bool

      package init(text: String, isMatch: Bool) {
        self.text = text
        self.isMatch = isMatch
      }
    }

    /// Where the part begins in the text, in UTF-16 units.
    package let start: Int
    package let segments: [Segment]
  }

  /// Units before the first match, and of all of the part.
  private static let lead = 60
  private static let size = 240

  /// What stands around the first match, or the beginning where nothing matches. Words stay whole where they can.
  package var excerpt: Excerpt {
    let units = text.utf16
    let match = matches.first?.lowerBound ?? 0
    let start = match > Self.lead ? wordStart(from: match - Self.lead, before: match) : 0
    let end = min(units.count, start + Self.size)
    var segments: [Excerpt.Segment] = []
    var position = start
    func add(until next: Int, isMatch: Bool) {
      guard next > position else { return }
      let range =
        units.index(units.startIndex, offsetBy: position)..<units.index(units.startIndex, offsetBy: next)
      // A cut inside of a character outside of the basic plane goes to its edge.
      segments.append(Excerpt.Segment(text: String(text[range]), isMatch: isMatch))
      position = next
    }
    for match in matches where match.lowerBound < end {
      add(until: match.lowerBound, isMatch: false)
      add(until: min(match.upperBound, end), isMatch: true)
    }
    add(until: end, isMatch: false)
    return Excerpt(start: start, segments: segments)
  }

  /// The first beginning of a word between two places, or the first of them.
  private func wordStart(from: Int, before end: Int) -> Int {
    let units = text.utf16
    // One before: a word may begin right there.
    let range =
      units.index(units.startIndex, offsetBy: from - 1)..<units.index(units.startIndex, offsetBy: end)
    guard let blank = units[range].firstIndex(of: 32) else { return from }
    return from + units.distance(from: range.lowerBound, to: blank)
  }
}
