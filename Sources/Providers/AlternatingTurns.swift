import Model

/// One side's words between two of the other's, each a list of parts in the hub's words or in a dialect's.
struct Side<Part> {
  let isAssistant: Bool
  var parts: [Part]
}

extension CompletionRequest {
  /// `sides(_:)` in the hub's own words.
  var sides: [Side<MessagePart>] { sides { [$0] } }

  /// The conversation as the dialects want it that know two sides only: system turns left out (`systemText` has them), results of tools
  /// on the user's side, each side's turns joined, the user first, and nobody silent.
  ///
  /// - Parameter write: writes a part; none for what cannot go along.
  func sides<Part>(_ write: (MessagePart) -> [Part]) -> [Side<Part>] {
    var sides: [Side<Part>] = []
    for turn in turns where turn.role != .system {
      let isAssistant = turn.role == .assistant
      let words = turn.parts.flatMap(write)
      guard !words.isEmpty else { continue }
      if sides.isEmpty, isAssistant {
        // A greeting, or what is left of a long history. Without a word of the user it would be refused.
        sides.append(Side(isAssistant: false, parts: write(.text("(The conversation begins here.)"))))
      }
      if let last = sides.indices.last, sides[last].isAssistant == isAssistant {
        sides[last].parts += words
      } else {
        sides.append(Side(isAssistant: isAssistant, parts: words))
      }
    }
    return sides
  }
}
