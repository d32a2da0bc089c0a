import Basics
import Model
import Pipelines

// What commands take beside `id` and `command`, and what `ok` of their replies holds. Commands read their members by these names.

/// One command's members, and those of its reply.
struct CommandForm: Sendable {
  let takes: Schema
  let gives: Schema

  static let hello = CommandForm(
    takes: [
      "token?": .visible, "client?": label, "name?": label, "capabilities?": .array(of: .text),
      "resume?": (["epoch": .text, "offset": .count] as Schema).open.about("Everything after a position."),
    ],
    gives: [
      "connection": Schema.text.example("c0-9"), "epoch": Schema.text.example("8zvmjp73"), "offset": .count,
      "recovered": .flag, "ping": Schema.count.example(25).about("Seconds between pings."),
      "limits": [
        "messageBytes": .count, "messagesPerSecond": .count, "bytesPerSecond": .count,
        "commandsInFlight": .count,
        "backlogBytes": .count,
      ], "capabilities?": .array(of: .text),
    ])
  static let subscribe = CommandForm(
    takes: topic.adding([
      "everything?": .any, "types?": .array(of: .words(EventType.self)),
      "after?": Schema.count.about("A seq of the conversation, else an offset."), "epoch?": .visible,
    ]),
    gives: topic.adding(["epoch": .text, "offset?": .count, "seq?": .count, "recovered": .flag]))
  static let unsubscribe = CommandForm(takes: topic.adding(["everything?": .any]), gives: topic)
  static let invoke = CommandForm(
    takes: [
      "agent?": .visible.example("demo"), "agentId?": .visible, "message?": .visible, "text?": .visible,
      "conversation?": .visible, "conversationId?": .visible,
      "key?": Schema.visible.about("The same key is the same message, however often it comes."),
      "onBusy?": .words(BusyPolicy.self), "cache?": .words(CacheUse.self), "parameters?": .anyObject,
    ],
    gives: [
      "run": .identifier, "conversation": .identifier, "message": .identifier,
      "status": .words(Run.Status.self),
    ])
  private static let wish: Schema = [
    "conversation?": .visible, "conversationId?": .visible, "messageId": .visible, "agent?": .visible,
    "agentId?": .visible, "key?": .visible, "onBusy?": .words(["reject", "interrupt"]),
    "cache?": .words(CacheUse.self), "parameters?": .anyObject,
  ]
  static let regenerate = CommandForm(takes: wish, gives: invoke.gives)
  static let edit = CommandForm(
    takes: wish.adding(["message?": .visible, "text?": .visible]), gives: invoke.gives)
  static let select = CommandForm(
    takes: [
      "conversation?": .visible, "conversationId?": .visible, "messageId?": .visible, "runId?": .visible,
      "branch?": .count, "key?": .any,
    ], gives: ["conversation": .identifier, "branch": .count])
  static let fork = CommandForm(
    takes: [
      "conversation?": .visible, "conversationId?": .visible, "messageId?": .visible, "title?": .text,
      "key?": .visible,
    ], gives: ["conversation": .identifier, "title": Schema.text.orNull])
  static let stop = CommandForm(
    takes: ["run?": .visible, "replay?": .visible, "key?": .any],
    gives: ["run?": .identifier, "status?": .words(Run.Status.self), "replay?": .text])
  static let approve = CommandForm(
    takes: [
      "run": .visible, "key?": .any, "decision?": .words(Approval.Decision.self), "reason?": .text,
      "arguments?": .anyObject, "call?": .integer, "calls?": .array(of: .either(.integer, .anyObject)),
    ],
    gives: [
      "run": .identifier, "status": .words(Run.Status.self),
      "approvals": .array(of: ToolCallRecord.requestSchema),
    ])
  static let replay = CommandForm(
    takes: [
      "conversation": .visible, "from?": bound, "to?": bound,
      "pace?": Schema.number(0...1000).about("2 is twice as fast; 0 is at once."),
    ],
    gives: [
      "replay": Schema.text.example("r1"), "conversation": .identifier, "epoch": .text, "seq": .count,
    ])
  static let presence = CommandForm(
    takes: ["conversation": .visible],
    gives: [
      "conversation": .identifier, "count": .count, "present?": .array(of: ServerMessage.present),
      "typing?": .array(of: ServerMessage.present),
    ])
  static let typing = CommandForm(
    takes: ["conversation": .visible, "state": .flag], gives: ["conversation": .identifier, "state": .flag])
  static let pong = CommandForm(takes: ([:] as Schema).open, gives: [:])

  private static let label = Schema.text(1...64)
  private static let topic = ServerMessage.topic
  private static let bound = Schema.either(.count, .text).about("A seq or a moment.")
}

extension Command {
  /// Refuses members that the command does not know.
  func allow(_ form: CommandForm) throws(CommandError) { try allow(form.takes.memberNames) }
}
