import Basics
import Model
import Wire

/// A state of a conversation as it goes to all who asked for it, encoded once. It has no offset: it is not in the log.
struct PresenceFrame: Sendable {
  let conversation: Identifier<Conversation>
  let kind: PresenceMachine.Kind
  /// A WebSocket text frame.
  let bytes: [UInt8]

  /// `{"type":"presence","conversation":"…","count":2,"present":[…],"at":"…"}`, and the same with `typing`.
  init(_ showing: PresenceMachine.Showing, at time: Timestamp) {
    conversation = showing.conversation
    kind = showing.kind
    var object: JSONObject = [
      "type": .string(kind.rawValue), "conversation": .string(conversation.text),
      "count": .integer(Int64(showing.present.count)),
    ]
    object[kind.listName] = showing.present.list
    object["at"] = .string(time.iso8601)
    bytes = WebSocketFrame.text(JSON.object(object).bytes)
  }
}

extension PresenceMachine.Kind {
  /// The member that lists who it is.
  var listName: String { self == .presence ? "present" : "typing" }
}

extension PresenceMachine.Present {
  /// Who it is, as the others see them; nil when there are too many to be listed.
  var list: JSON? {
    members.map { members in
      .array(
        members.map { member in
          var object: JSONObject = ["connection": .string(member.connection)]
          object["client"] = member.client.map { .string($0) }
          object["name"] = member.name.map { .string($0) }
          return .object(object)
        })
    }
  }
}
