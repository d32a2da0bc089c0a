import Basics
package import Model

/// A message as a caller gives it: the one that is to be answered, or one that was said before it.
package struct GivenMessage: Equatable, Sendable {
  /// Whose voice it is.
  package let role: Message.Role
  package let parts: [MessagePart]

  package init(role: Message.Role, parts: [MessagePart]) {
    self.role = role
    self.parts = parts
  }

  /// Texts, one after the other.
  package var text: String { parts.text }

  /// What calls tools, or answers for them, is done rather than said.
  var type: Message.Kind {
    parts.contains { $0.isOfTool } ? .action : .message
  }

  /// What the message holds beside its text; nil when there is nothing.
  var keptParts: JSON? {
    let isText = parts.allSatisfy { if case .text = $0.content { true } else { false } }
    return isText ? JSON?.none : parts.json
  }

  /// UTF-8 bytes.
  var size: Int { keptParts?.bytes.count ?? text.utf8.count }
}

extension MessagePart {
  fileprivate var isOfTool: Bool {
    switch content {
    case .toolCall, .toolResult: true
    case .text, .refusal, .reasoning, .image, .foreign: false
    }
  }
}
