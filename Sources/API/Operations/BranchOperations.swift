import Basics
import Model
import Pipelines

extension Schema {
  private static let wish: Schema = [
    "messageId": visible, "agentId?": text.orNull.about("Who answers; whoever did before without it."),
    "cache?": cache, "parameters?": either(anyObject, null),
    "onBusy?": words(["reject", "interrupt"]).orNull,
    "stream?": flag.orNull, "background?": flag.orNull,
  ]

  fileprivate static let regeneration = wish.named("Regeneration")
  fileprivate static let edition = wish.adding([
    "message": visible.example("Which tea is black?"), "images?": images,
  ]).named("Edition")

  fileprivate static let tree: Schema = [
    "conversation": identifier, "branch": count, "path": array(of: count),
    "branches": array(of: Branch.schema),
  ]
}

extension Operation {
  private static let begins = [
    "conversation_not_found", "message_not_found", "message_not_answer", "agent_not_found", "agent_paused",
    "conversation_busy", "too_many_branches", "message_too_long", "idempotency_key_reused", "run_stopped",
    "budget_exhausted", "internal", "draining",
  ]
  private static let answers = [
    Success(
      200, "The answer, or the stream.", .json(runAnswer),
      .events([(nil, Event.schema), ("control", .either(runBegan, .control))])),
    Success(202, "The run; or it waits for somebody's approval.", .json(.either(Run.schema, runWaits))),
  ]

  static let regenerate = Operation(
    "regenerate", .conversations,
    "The question that the message is, or answers, is answered in a new branch.",
    [.idempotencyKey], body: .json(.regeneration), gives: answers[0], answers[1], fails: begins
  ).failing(as: .invocation)
  static let edit = Operation(
    "edit", .conversations, "The question is asked in other words in a new branch.",
    [.idempotencyKey], body: .json(.edition), gives: answers[0], answers[1],
    fails: begins + ["message_not_question"]
  ).failing(as: .invocation)
  static let select = Operation(
    "selectBranch", .conversations, "One of the three says where the conversation goes.",
    body: .json(
      ["messageId?": Schema.text.orNull, "runId?": Schema.text.orNull, "branch?": Schema.integer.orNull],
      example: ["branch": 0]),
    gives: .ok(.tree),
    fails: ["conversation_not_found", "message_not_found", "run_not_found", "branch_not_found"])
  static let fork = Operation(
    "fork", .conversations, "The copy goes on by itself.", [.idempotencyKey],
    body: .json(["messageId?": Schema.text.orNull, "title?": .text(0...500).orNull], example: [:]),
    isBodyOptional: true, gives: Success(201, "The copy.", .json(Conversation.schema)),
    fails: [
      "conversation_not_found", "message_not_found", "conversation_too_long", "conversation_empty",
      "idempotency_key_reused",
    ])
  static let getTree = Operation(
    "getTree", .conversations, "", Parameter.bothWays,
    gives: .ok(
      Schema.tree.adding([
        "forks": .array(of: [
          "kind": .words(Branch.Kind.self), "message": .identifier, "parent": .count,
          "versions": .array(of: [
            "branch": .count, "run": Schema.identifier.orNull, "message": Schema.identifier.orNull,
            "selected": .flag,
          ]),
        ]),
        "items": .array(of: [
          "id": .identifier, "seq": .count, "parent": Schema.identifier.orNull, "branch": .count,
          "run": Schema.identifier.orNull, "role": .words(Message.Role.self),
          "type": .words(Message.Kind.self),
          "step?": .text, "selected": .flag,
        ]), "next": Schema.text.orNull.example(.null),
      ])), fails: ["conversation_not_found"])
}
