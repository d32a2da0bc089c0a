import Basics
import Storage

/// What an import brought in, and what not.
struct ImportReport {
  /// Conversations and refusals that are told one by one.
  private static let mostTold = 1000

  private var imported: [ImportOutcome] = []
  private var refused: [ImportRefusal] = []
  private var conversations = 0
  private var messages = 0
  private var refusals = 0

  /// Whether nothing at all could be read.
  var isEmpty: Bool { conversations == 0 }

  mutating func add(_ outcome: ImportOutcome) {
    conversations += 1
    messages += outcome.messages
    if imported.count < Self.mostTold { imported.append(outcome) }
  }

  mutating func add(_ refusal: ImportRefusal) {
    refusals += 1
    if refused.count < Self.mostTold { refused.append(refusal) }
  }

  /// - Parameter isComplete: whether the export was read to its own last line.
  func json(isComplete: Bool) -> JSON {
    [
      "conversations": .integer(Int64(conversations)), "messages": .integer(Int64(messages)),
      "refused": .integer(Int64(refusals)), "complete": .bool(isComplete),
      "items": .array(imported.map(Self.json)), "refusals": .array(refused.map(\.json)),
    ]
  }

  private static func json(_ outcome: ImportOutcome) -> JSON {
    [
      "id": .string(outcome.conversation.text), "from": .string(outcome.from.text),
      "messages": .integer(Int64(outcome.messages)), "newIds": .integer(Int64(outcome.newIdentifiers)),
      "withoutAgent": .integer(Int64(outcome.withoutAgent)),
    ]
  }
}
