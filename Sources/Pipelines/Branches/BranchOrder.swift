package import Basics
package import Model

/// A wish to go on in another way: with another question, or with another answer to the same one.
package struct BranchOrder: Sendable {
  /// What is to be in another version.
  package enum Change: Equatable, Sendable {
    /// The answer that a message is, or is answered by.
    case answer
    /// The question that a message is; without pictures it keeps those it has.
    case question(text: String, images: [ImageSource] = [])
  }

  package var conversation: Identifier<Conversation>
  package var message: Identifier<Message>
  package var change: Change
  /// Who answers; nil for whoever did before.
  package var agent: Identifier<Agent>?
  /// nil: who wants another answer is not given a kept one; who asks another question may be.
  package var cache: CacheUse?
  /// nil: as before.
  package var parameters: JSONObject?
  /// `interrupt` stops what works in the conversation first. Nothing can wait there for its turn: which answers come before it must be known
  /// when a branch begins.
  package var onBusy = BusyPolicy.reject
  /// The client's idempotency key.
  package var key: String?

  package init(
    _ conversation: Identifier<Conversation>, _ message: Identifier<Message>, _ change: Change
  ) {
    self.conversation = conversation
    self.message = message
    self.change = change
  }

  /// What makes two orders with the same key the same.
  var claim: KeyClaim? {
    guard let key else { return nil }
    var parts = [conversation.text, message.text, agent?.text ?? "", cache?.rawValue ?? ""]
    parts.append(parameters.map { JSON.object($0).text } ?? "")
    guard case .question(let text, let images) = change else {
      return KeyClaim(key: key, scope: "regenerate", fingerprint: KeyClaim.fingerprint(of: parts))
    }
    parts += [text] + images.map { MessagePart(.image($0)).json.text }
    return KeyClaim(key: key, scope: "edit", fingerprint: KeyClaim.fingerprint(of: parts))
  }
}

/// An idempotency key and what it is good for.
struct KeyClaim {
  let key: String
  /// One key may be used for several kinds of requests.
  let scope: String
  /// Equal for equal requests.
  let fingerprint: String

  /// Tells requests apart by what they say.
  static func fingerprint(of parts: [String]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a, 64 bits: told apart, not kept secret
    for part in parts {
      for byte in part.utf8 + [0] { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }
    return String(hash, radix: 16)
  }
}
