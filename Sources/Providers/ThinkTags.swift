/// Tells reasoning from the answer where a server leaves both in one text: `<think>…</think>` at the answer's beginning. Pieces of any size
/// give the same.
struct ThinkTags: Sendable {
  private enum Place {
    /// Nothing but blanks came.
    case beginning
    case reasoning
    /// The reasoning is over; blanks before the answer do not count.
    case gap
    case answer
  }

  private static let open = "<think>"
  private static let close = "</think>"

  private var place = Place.beginning
  /// What may be the beginning of a tag.
  private var held = ""

  /// Takes the next piece of text and gives what it turned out to be.
  mutating func receive(_ text: String) -> [ProviderEvent] {
    held += text
    var events: [ProviderEvent] = []
    while let event = next() { if let event { events.append(event) } }
    return events
  }

  /// Gives what was held back, when the text is over.
  mutating func end() -> [ProviderEvent] {
    defer { held = "" }
    guard !held.isEmpty else { return [] }
    return [place == .reasoning ? .reasoning(held) : .text(held)]
  }

  /// One step: nil when more text is needed, an inner nil when the step gave nothing.
  private mutating func next() -> ProviderEvent?? {
    switch place {
    case .beginning:
      let words = held.drop(while: \.isWhitespace)
      if words.hasPrefix(Self.open) {
        held = String(words.dropFirst(Self.open.count))
        place = .reasoning
      } else if Self.open.hasPrefix(words) {
        return nil
      } else {
        place = .answer
      }
      return .some(nil)
    case .reasoning: return reason()
    case .gap:
      held = String(held.drop(while: \.isWhitespace))
      guard !held.isEmpty else { return nil }
      place = .answer
      return .some(nil)
    case .answer:
      guard !held.isEmpty else { return nil }
      defer { held = "" }
      return .text(held)
    }
  }

  private mutating func reason() -> ProviderEvent?? {
    let letters = held.utf8
    // A tag is ASCII, so that its bytes never stand inside a character.
    let tag = letters.indices.first { held[$0...].utf8.starts(with: Self.close.utf8) }
    if let tag {
      let thought = String(held[..<tag])
      held = String(held[tag...].dropFirst(Self.close.count))
      place = .gap
      return .some(thought.isEmpty ? nil : .reasoning(thought))
    }
    // The end of it may be the beginning of the tag.
    let cut = letters.indices.first { Self.close.utf8.starts(with: held[$0...].utf8) } ?? held.endIndex
    guard cut > held.startIndex else { return nil }
    defer { held = String(held[cut...]) }
    return .reasoning(String(held[..<cut]))
  }
}
