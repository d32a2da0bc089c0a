import Basics
import Model
import Storage

// Branches as exports tell them with their conversation.

extension Branch {
  /// Branches that a conversation may bring along.
  private static let mostExported = 1000

  /// Reads the branches of an exported conversation; none when it has none, nil when they cannot be read.
  static func exported(_ json: JSON?) -> [Branch]? {
    guard let json, !json.isNull else { return [] }
    guard let array = json.array, array.count <= mostExported else { return nil }
    let branches = array.compactMap { Branch(exported: $0) }
    let isInOrder = branches.enumerated().allSatisfy {
      $1.number == $0 + 1 && $1.parent <= $0 && $1.parent >= 0
    }
    return branches.count == array.count && isInOrder ? branches : nil
  }

  private init?(exported json: JSON) {
    guard let number = json["branch"]?.integer, let parent = json["parent"]?.integer,
      let kind = (json["kind"]?.string).flatMap({ Kind(rawValue: $0) }),
      let message = json["message"]?.string,
      let from = json["from"]?.integer, let until = json["until"]?.integer,
      let createdAt = (json["createdAt"]?.string).flatMap({ Timestamp(text: $0) })
    else { return nil }
    self.init(
      number: Int(clamping: number), parent: Int(clamping: parent), kind: kind, message: Identifier(message),
      from: from, until: until, before: (json["before"]?.string).map { Identifier($0) },
      run: (json["run"]?.string).map { Identifier($0) }, isSelected: json["selected"]?.bool ?? false,
      createdAt: createdAt)
  }
}

extension ForkOrigin {
  init?(exported json: JSON?) {
    guard let conversation = json?["conversation"]?.string, let message = json?["message"]?.string else {
      return nil
    }
    self.init(conversation: Identifier(conversation), message: Identifier(message))
  }
}

extension ImportedConversation {
  /// Whether every message is of a branch that is there, and every branch begins at a message whose place is known.
  var hasPlacesForBranches: Bool {
    guard messages.allSatisfy({ 0...branches.count ~= $0.branch ?? 0 }) else { return false }
    guard !branches.isEmpty else { return true }
    let places = Dictionary(messages.map { ($0.id, $0.seq) }, uniquingKeysWith: { first, _ in first })
    return zip(messages, messages.dropFirst()).allSatisfy { $0.seq < $1.seq }
      && branches.allSatisfy { places[$0.message] == $0.from }
  }
}
