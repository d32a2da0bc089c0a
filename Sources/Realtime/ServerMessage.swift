package import Basics
import Model

/// What the hub says on a socket of `agenthub.v1`, beside events.
package enum ServerMessage: String, CaseIterable, Sendable {
  case reply, refusal, live, snapshot, presence, typing, replayed, ping, bye

  /// What it is for, one sentence.
  package var summary: String {
    switch self {
    case .reply: "The answer to a command; `ok` is described with each."
    case .refusal: "The answer to a command that was refused; `temporary` tells whether it may be sent again."
    case .live: "Everything that was asked for has been sent; what follows is live."
    case .snapshot:
      "The newest state, where a position cannot be continued; it replaces what the client knows."
    case .presence: "Who watches a conversation; the whole state, the latest wins."
    case .typing: "Who writes in a conversation; the whole state, the latest wins."
    case .replayed: "The end of a replay."
    case .ping: "Wants a `pong`; the offset lets a quiet stream advance."
    case .bye: "The connection ends; the close frame says the same."
    }
  }

  /// The form of the message.
  package static func schema(of message: ServerMessage) -> Schema {
    let schema: Schema =
      switch message {
      case .reply: ["reply": Command.identifier, "ok": .anyObject]
      case .refusal:
        [
          "reply": Command.identifier,
          "error": [
            "code": Schema.text.example("agent_not_found"), "message": .text, "hint?": .text,
            "temporary": .flag,
            "retryAfterMs?": .count,
          ],
        ]
      case .live: ["live": topic.adding(["offset?": .count, "seq?": .count])]
      case .snapshot: ["snapshot": .either(conversation, hub)]
      case .presence: state("presence", list: "present?")
      case .typing: state("typing", list: "typing?")
      case .replayed:
        [
          "replayed": [
            "replay?": Schema.text.example("r1"), "conversation": .identifier, "seq": .count,
            "events": .count,
            "stopped": .flag.example(false),
          ]
        ]
      case .ping: ["ping": ["offset": .count]]
      case .bye:
        [
          "bye": [
            "code": .words(ofCodes: CloseReason.allCases), "reason": .words(CloseReason.allCases.map(\.text)),
            "retryAfterMs?": .count, "resume": .flag,
          ]
        ]
      }
    return schema.about(message.summary).named("Message.\(message.rawValue)")
  }

  /// The members that name a topic; none for everything.
  static let topic: Schema = ["conversation?": .identifier, "run?": .identifier, "agent?": .text]

  private static let approvals: Schema = [
    "approvals?": .array(of: ["run": .identifier, "approvals": .array(of: .anyObject)])
  ]

  private static let conversation =
    ([
      "conversation": .identifier, "epoch?": .text, "seq": .count, "messages": .array(of: Message.schema),
      "open": .array(of: [
        "message": .identifier, "run": .identifier, "agent?": ["id": .text, "name": .text], "text": .text,
        "thought": .text, "seq": .count,
      ]), "runs": .array(of: Run.schema),
    ] as Schema).adding(approvals)

  private static let hub =
    ([
      "offset": .count, "epoch?": .text, "conversations": .array(of: Conversation.schema),
      "runs": .array(of: Run.schema),
    ] as Schema).adding(approvals)

  /// Somebody, as the others see them.
  static let present: Schema = ["connection": Schema.text.example("c0-9"), "client?": .text, "name?": .text]

  private static func state(_ type: String, list: String) -> Schema {
    ([
      "type": .constant(.string(type)), "conversation": .identifier, "count": .count, "at": .moment,
    ] as Schema).adding(Schema(dictionaryLiteral: (list, .array(of: present))))
  }
}

extension Schema {
  fileprivate static func words(ofCodes reasons: [CloseReason]) -> Schema {
    let codes = reasons.map { JSON.integer(Int64($0.code)) }
    return Schema(["enum": .array(codes)], example: codes.first ?? .null)
  }
}

extension Command {
  /// The client's name for a command, and what replies give back.
  static let identifier = Schema(["type": ["integer", "string", "null"]], example: 1)
}
