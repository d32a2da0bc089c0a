package import Basics

// Events as every surface shows them, as schemas: one a type, made of what all have and of its body. `EventEncoder` writes them.

extension Event {
  /// Any event.
  package static let schema = Schema.either(EventType.allCases.map { schema(of: $0) })
    .keyword("discriminator", ["propertyName": "type", "mapping": .object(mapping)])
    .named("Event")

  /// The events of one type.
  package static func schema(of type: EventType) -> Schema {
    head(of: type).adding(type.body).adding(tail).named(name(of: type))
  }

  private static func name(of type: EventType) -> String { "Event.\(type.rawValue)" }

  private static let mapping = JSONObject(
    EventType.allCases.map { .init(name: $0.rawValue, value: .string(Schema.place + name(of: $0))) })

  private static func head(of type: EventType) -> Schema {
    [
      "offset": Schema.count.example(1841).about("Its position in the hub's log."),
      "conversation?": .identifier,
      "seq?": Schema.count.about("Its position in its conversation, from 1 without a gap."),
      "count?": Schema.count.about("How many seqs a merged piece covers, if more than one."),
      "type": .constant(.string(type.rawValue)),
      "run?": .identifier,
      "parentRun?": Schema.identifier.about("The pipeline's run that the run is a part of."),
      "step?": Schema.text.about("The pipeline's step."),
      "agent?": ["id": .text, "name": .text], "message?": .identifier,
    ]
  }

  private static let tail: Schema = [
    "at": .moment, "replay?": Schema.constant(true).about("It is shown again."),
  ]
}

extension EventType {
  /// What its events say beside who and where.
  package var body: Schema {
    switch self {
    case .conversationCreated: ["title": Schema.text.orNull, "forkedFrom?": ForkOrigin.schema]
    case .conversationUpdated: ["title": Schema.text.orNull]
    case .conversationDeleted: [:]
    case .branchCreated:
      [
        "branch": .count, "parent": .count, "kind": .words(Branch.Kind.self), "from": .count, "until": .count,
        "before": Schema.identifier.orNull,
      ]
    case .branchSelected: ["branch": .count, "selected": .array(of: .count)]
    case .messageCreated:
      [
        "role": .words(Message.Role.self), "messageType": .words(Message.Kind.self),
        "text": Schema.text.example("Which tea is green?"), "parent?": .identifier,
        "parts?": .array(of: MessagePart.schema), "branch?": Branch.numberSchema,
      ]
    case .messageDelta:
      [
        "channel": .words(["final", "thought", "step"]),
        "position": Schema.count.about("Where the text begins in its channel, in UTF-16 units."),
        "text": Schema.text.example("Sencha"),
      ]
    case .messageCompleted:
      [
        "role": .words(Message.Role.self).example("agent"), "messageType": .words(Message.Kind.self),
        "text": Schema.text.example("Sencha"),
        "length": Schema.count.example(6).about("Of the text, in UTF-16 units."),
        "finish": Schema.text.example("stop"), "parent?": .identifier, "usage?": Usage.schema,
        "parts?": .array(of: MessagePart.schema), "branch?": Branch.numberSchema,
      ]
    case .runQueued, .runStarted, .runCompleted, .runFailed, .runStopped, .runInterrupted: run
    case .runWaiting:
      [
        "status": .constant("waiting"), "usage?": Usage.schema, "cost?": .dollars,
        "approvals?": .array(of: .anyObject),
      ]
    case .stepStarted: ["stepType": Schema.text.example("agent")]
    case .routeDecided: ["label": .text]
    case .stepCompleted:
      [
        "result": [
          "text": .text, "label?": .text, "data?": .any, "tools?": .anyObject, "error?": .text,
          "code?": .text,
        ]
      ]
    case .stepFailed: ["error": RunFailure.schema, "retry": .flag]
    case .toolStarted: ToolCallRecord.head.adding(["arguments": .any])
    case .toolCompleted, .toolFailed:
      ToolCallRecord.head.adding([
        "ms?": .integer, "error?": RunFailure.schema, "result?": .text, "resultBytes?": .count, "cut?": .flag,
      ])
    case .attemptStarted, .attemptCompleted, .attemptFailed, .attemptStopped: attempt
    case .keyRotated: ["provider": .text, "from": .count, "to": .count]
    case .budgetReached: BudgetStanding.members
    case .status: Schema([:], example: [:])
    case .indexStarted, .indexProgressed, .indexCompleted, .indexFailed:
      [
        "job": .identifier, "collection": .text, "state": .words(IndexJob.states), "total": .count,
        "done": .count, "failed": .count, "skipped": .count, "chunks": .count, "error": Schema.text.orNull,
      ]
    case .agentCreated, .agentUpdated, .agentDeleted:
      [
        "version": .count, "status": .words(Agent.Status.self), "provider": .text, "model": .text,
        "emoji": .text, "workspace": .text,
      ]
    }
  }

  private var run: Schema {
    [
      "status": .words(Run.Status.self), "usage?": Usage.schema, "cost?": .dollars,
      "error?": RunFailure.schema,
    ]
  }

  private var attempt: Schema {
    [
      "attempt": .count, "provider": .text, "model": .text, "cached?": .flag, "joined?": .flag,
      "keyIndex?": .count, "httpStatus?": .count, "answeredMs?": .integer, "ms?": .integer,
      "usage?": Usage.schema, "cost?": .dollars, "savedCost?": .dollars, "error?": RunFailure.schema,
    ]
  }
}
