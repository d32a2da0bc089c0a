import Model

extension CompletionRequest {
  /// One side's words between two of the other's.
  struct Side: Equatable {
    let isAssistant: Bool
    var parts: [MessagePart]
  }

  /// The conversation as the dialects want it that know two sides only: system turns left out (`systemText` has them), results of tools
  /// on the user's side, each side's turns joined, the user first.
  var sides: [Side] {
    var sides: [Side] = []
    for turn in turns where turn.role != .system {
      let isAssistant = turn.role == .assistant
      if sides.isEmpty, isAssistant {
        // A greeting, or what is left of a long history. Without a word of the user it would be refused.
        sides.append(Side(isAssistant: false, parts: [.text("(The conversation begins here.)")]))
      }
      if let last = sides.indices.last, sides[last].isAssistant == isAssistant {
        sides[last].parts += turn.parts
      } else {
        sides.append(Side(isAssistant: isAssistant, parts: turn.parts))
      }
    }
    return sides
  }
}
