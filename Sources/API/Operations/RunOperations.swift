import Basics
import Model
import Pipelines

extension Operation {
  static let listRuns = Operation(
    "listRuns", .runs, "",
    Parameter.paging + [
      Parameter("conversation", Schema.text.example(""), "Those of one conversation."),
      Parameter("status", .words(Run.Status.self).example("completed"), "Those that stand so."),
    ], gives: .page(Run.schema))
  static let getRun = Operation("getRun", .runs, gives: .ok(detail), fails: ["run_not_found"])
  static let listAttempts = Operation(
    "listAttempts", .runs, "An attempt is one call of a provider, with one of its keys.",
    gives: .page(attempt),
    fails: ["run_not_found"])
  static let stopRun = Operation(
    "stopRun", .runs, "A run that is over stays as it is.", gives: .ok(Run.schema),
    fails: ["run_not_found", "run_is_part"])
  static let approveRun = Operation(
    "approveRun", .runs, "Decides about all calls that wait, about one (`call`), or about several (`calls`).",
    body: .json(approval, example: ["decision": "approve"]), gives: .ok(detail),
    fails: [
      "run_not_found", "run_not_waiting", "call_not_waiting", "invalid_approval", "tool_arguments_invalid",
    ])
  static let rerun = Operation(
    "rerun", .runs, "",
    body: .json(["step?": Schema.text.orNull.about("The step of its pipeline to begin with.")], example: [:]),
    isBodyOptional: true, gives: .accepted(Run.schema),
    fails: [
      "run_not_found", "run_not_over", "run_is_part", "step_not_found", "agent_not_found", "agent_paused",
      "conversation_busy",
    ])

  private static let detail = Run.members.adding([
    "overrides?": Schema.anyObject.about("How its caller wanted the agent."),
    "toolCalls": .array(of: ToolCallRecord.schema), "parts?": .array(of: Run.schema),
    "approvals?": .array(of: .anyObject),
  ]).named("RunDetail")

  private static let attempt =
    ([
      "run": .identifier, "attempt": .count.example(1), "provider": Schema.text.example("openai"),
      "model": Schema.text.example("gpt-4o-mini"),
      "keyIndex": Schema.count.orNull, "status": .words(Attempt.Status.self).example("completed"),
      "httpStatus": Schema.integer.orNull, "startedAt": .moment, "answeredAt": Schema.moment.orNull,
      "finishedAt": Schema.moment.orNull, "usage": Usage.schema.orNull, "cost": Schema.dollars.orNull,
      "error": RunFailure.schema.orNull.example(.null), "cached?": .constant(true),
      "joined?": .constant(true),
      "savedCost?": Schema.dollars.orNull,
    ] as Schema).named("Attempt")

  private static let decision = Schema.words(Approval.Decision.self)
  private static let approval: Schema = [
    "decision?": decision, "reason?": Schema.text(0...500).orNull,
    "arguments?": Schema.either(.anyObject, .null).about("What to call the tool with instead; for one call."),
    "call?": Schema.integer.keyword("minimum", 1).orNull,
    "calls?": Schema.array(
      of: .either(
        .integer.keyword("minimum", 1),
        [
          "call": .integer.keyword("minimum", 1), "decision?": decision, "reason?": .text(0...500),
          "arguments?": .anyObject,
        ]), 1...64
    ).orNull,
  ]
}
