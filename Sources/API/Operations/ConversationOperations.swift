import Basics
import Model

extension Operation {
  private static let oneConversation = ["conversation_not_found"]

  static let listConversations = Operation(
    "listConversations", .conversations, "", Parameter.bothWays, gives: .page(Conversation.schema))
  static let getConversation = Operation(
    "getConversation", .conversations, gives: .ok(Conversation.schema), fails: oneConversation)
  static let renameConversation = Operation(
    "renameConversation", .conversations, "",
    body: .json(["title": .text(0...500).orNull.example("Tea")]), gives: .ok(Conversation.schema),
    fails: oneConversation)
  static let deleteConversation = Operation(
    "deleteConversation", .conversations, gives: .noContent, fails: oneConversation)
  static let listMessages = Operation(
    "listMessages", .conversations, "`next` goes on in the direction that was asked for.",
    Parameter.bothWays + [
      Parameter("branch", Schema.text.example("all"), "`selected`, `all`, or the number of a branch.")
    ],
    gives: .page(Message.schema), fails: oneConversation + ["branch_not_found"])
  static let listEvents = Operation(
    "listEvents", .conversations,
    "Everything that happened, in order and without a gap. With `Accept: text/event-stream` the answer is a stream that goes on with what happens; each event has the `id` that `Last-Event-ID` goes on from.",
    [
      .limit,
      Parameter("after", Schema.count.example(0), "The seq after which they begin."), .lastEventID,
    ],
    gives: Success(
      200, "Events, or a stream of them.", .json(eventPage),
      .events([(nil, Event.schema), ("control", .control)])),
    fails: oneConversation + ["invalid_position"])
  static let findThread = Operation(
    "findThread", .conversations, "",
    [Parameter("company", Schema.text.example("co-2"), "Whose name it is, for `fsia`.")],
    gives: .ok(["surface": .text, "id": .text, "conversation": .identifier]), fails: ["thread_not_found"])
  static let getConversationUsage = Operation(
    "getConversationUsage", .usage, gives: .ok(conversationUsage), fails: oneConversation)

  static let exportConversation = Operation(
    "exportConversation", .conversations, "The file is written while it is sent: any length is well.",
    [Parameter("format", .words(ExportForm.self), "The file's form; `json` without it.")],
    gives: Success(
      200, "The file.", .json(exported),
      .text("application/x-ndjson", "An object a line.", example: exportedLines),
      .text(
        "text/markdown", "For reading.", example: "# Tea\n\n## User · 2026-11-21T09:30:00.000Z\n\nHello\n")),
    fails: oneConversation)
  static let exportAll = Operation(
    "exportAll", .conversations, "",
    [Parameter("format", .words(TransferRoutes.WholeForm.self), "The file's form.")],
    gives: Success(
      200, "The file.", .text("application/x-ndjson", "An object a line.", example: exportedLines)))
  static let importConversations = Operation(
    "importConversations", .conversations,
    "The body is an export of this or another hub, in lines or as JSON; it is read while it comes, and each conversation is stored whole or refused whole.",
    body: .text("application/x-ndjson", "An export.", example: exportedLines), gives: .ok(importReport),
    fails: ["invalid_import", "import_too_large", "invalid_query", "body_cut"])
  static let replayConversation = Operation(
    "replayConversation", .conversations,
    "The stream tells events as they were, each marked with `replay`, and ends with `replayed`.",
    [
      Parameter("from", Schema.text.example("1"), "Where it begins: a seq or a moment."),
      Parameter("to", Schema.text.example("9"), "Where it ends."),
      Parameter("pace", Schema.number(0...1000).example(0), "2 is twice as fast; 0 is at once."),
      .lastEventID,
    ],
    gives: Success(200, "The events.", .events([(nil, Event.schema), ("control", .control)])),
    fails: oneConversation + ["invalid_position"])

  // MARK: Shapes

  private static let eventPage: Schema = [
    "conversation": .identifier, "epoch": Schema.text.about("Names this log; positions of another are void."),
    "seq": Schema.count.about("The newest event's."), "items": .array(of: Event.schema),
    "next": Schema.text.orNull.example(.null),
  ]

  private static let conversationUsage =
    ([
      "conversation": .identifier, "runs": .count, "cost": Schema.dollars.orNull, "unpricedRuns": .count,
    ] as Schema).adding(Usage.members).named("ConversationUsage")

  private static let exported: Schema = [
    "export": ["format": .constant("agenthub"), "version": .constant(1)], "conversation": Conversation.schema,
    "messages": .array(of: Message.schema),
  ]

  private static let exportedLines =
    [
      ["conversation": Conversation.schema.example] as JSON, ["message": Message.schema.example],
      ["end": ["conversation": Schema.identifier.example, "messages": 1]],
    ].map { $0.text + "\n" }.joined()

  private static let importReport =
    ([
      "conversations": .count, "messages": .count, "refused": .count, "complete": .flag,
      "items": .array(of: [
        "id": .identifier, "from": .identifier, "messages": .count, "newIds": .count, "withoutAgent": .count,
      ]),
      "refusals": .array(of: [
        "line": .count, "conversation": Schema.identifier.orNull, "code": .text, "error": .text,
      ]),
    ] as Schema).named("ImportReport")
}
