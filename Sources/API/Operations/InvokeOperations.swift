import Basics
import Model
import Pipelines
import Storage

extension Schema {
  /// Pictures beside a message.
  static let images = array(of: text.example("https://example.com/tea.png"), 0...16).orNull
    .about("URLs, `https://…` or `data:image/png;base64,…`.")
  static let cache = words(CacheUse.self).orNull.about("What is wanted of answers that are kept.")

  /// One input of a batch.
  static let batchInput: Schema = [
    "message": visible.example("Which tea is green?"), "conversationId?": text.orNull, "images?": images,
    "cache?": cache,
  ]

  fileprivate static let invocation =
    ([
      "agentId": visible.example("demo"), "message": visible.example("Which tea is green?"),
      "conversationId?": text.orNull.about("The conversation to go on with; a new one without it."),
      "stream?": flag.orNull.about("Events as they come."),
      "background?": flag.orNull.about("The run at once."),
      "onBusy?": words(BusyPolicy.self).orNull.about("What to do while the conversation has a run."),
      "images?": images, "cache?": cache,
      "parameters?": either(anyObject, null).about("For the steps of pipelines and for tools."),
    ] as Schema).named("Invocation")

  fileprivate static let batchOrder =
    ([
      "agentId": visible.example("demo"), "inputs": array(of: either(visible, batchInput)),
      "concurrency?": integer.keyword("minimum", 1).orNull, "cache?": cache, "stream?": flag.orNull,
      "background?": flag.orNull,
    ] as Schema).named("BatchOrder")

  fileprivate static let batch: Schema = [
    "batch": identifier, "agent": text.example("demo"), "count": count, "left": count,
    "status": words(["working", "done"]),
  ]
  fileprivate static let tally: Schema = ["completed": count, "stopped": count, "failed": count]
  fileprivate static let batchItem =
    ([
      "index": count.example(0),
      "status": words(Run.Status.allCases.map(\.rawValue) + ["working"]).example("completed"),
      "text": text.orNull, "error": RunFailure.schema.orNull.example(.null), "usage": Usage.schema.orNull,
      "cost": dollars.orNull, "runId": identifier.orNull, "conversationId": identifier.orNull,
      "messageId": identifier.orNull, "textOmitted?": flag,
    ] as Schema).named("BatchItem")
  fileprivate static let wholeBatch = batch.adding(tally).adding([
    "items": array(of: batchItem), "next": null,
  ])
  .named("Batch")
}

extension Operation {
  /// What a run may fail with; the status is that of the answer, not of the run.
  private static let runs = [
    "agent_not_found", "agent_paused", "conversation_not_found", "conversation_busy", "message_too_long",
    "idempotency_key_reused",
  ]

  static let invoke = Operation(
    "invoke", .messages,
    "The answer comes whole when the run is over; with `background` the run at once; with `stream`, or `Accept: text/event-stream`, every event of the run. A client that leaves stops nothing.",
    [.idempotencyKey],
    body: .json(.invocation, example: ["agentId": "demo", "message": "Which tea is green?"]),
    gives: Success(
      200, "The answer, or the stream.", .json(runAnswer),
      .events([(nil, Event.schema), ("control", .either(runBegan, .control))])),
    Success(
      202, "The run, which goes on in the background; or it waits for somebody's approval.",
      .json(.either(Run.schema, runWaits))),
    fails: runs + ["run_stopped", "budget_exhausted", "internal", "draining"]
  ).failing(as: .invocation)

  static let beginBatch = Operation(
    "beginBatch", .messages,
    "With `stream`, or `Accept: application/x-ndjson` or `text/event-stream`, each result comes as soon as it and those before it are there.",
    [.idempotencyKey],
    body: .json(
      .batchOrder,
      example: ["agentId": "demo", "inputs": ["Which tea is green?", ["message": "And black?"]]]),
    gives: Success(
      200, "The batch with its results.", .json(.wholeBatch),
      .text("application/x-ndjson", "The batch, each result, and how it ended, a line each.", example: lines),
      .events([("batch", .batch), ("result", .batchItem), ("done", done)])),
    .accepted(.batch), fails: ["agent_not_found", "agent_paused", "batch_too_large", "message_too_long"])
  static let getBatch = Operation(
    "getBatch", .messages, gives: .ok(.wholeBatch), fails: ["batch_not_found"])
  static let stopBatch = Operation(
    "stopBatch", .messages, gives: .ok(.wholeBatch), fails: ["batch_not_found"])

  static let searchMessages = Operation(
    "searchMessages", .messages, "Matches are places in the text, in UTF-16 units; nothing of it is HTML.",
    [
      Parameter(
        "q", Schema.text(1...SearchRoutes.longest).example("green tea"),
        "Words, \"a phrase\", a beginning*.", isRequired: true),
      Parameter("agent", Schema.text.example("demo"), "Those of one agent."),
      Parameter("role", .words(SearchRoutes.SearchedRole.self), "Whose voice."),
      Parameter("type", .words(SearchRoutes.SearchedType.self), "`message` without it."),
      Parameter("conversation", Schema.text.example(""), "Those of one conversation."),
      Parameter("since", Schema.text.example("2026-11-01"), "A moment or a day."),
      Parameter("until", Schema.text.example("2026-12-01"), "A moment or a day."),
      Parameter("sort", .words(MessageSearch.Sort.self), "`best` without it."), .limit,
      Parameter("cursor", Schema.text.example(""), "`next` of the page before."),
    ],
    gives: .ok(
      Schema.page(of: found).adding(["complete": Schema.flag.about("Whether old messages are searched, too.")]
      )))

  static let rateMessage = Operation(
    "rateMessage", .messages, body: .json(["rating": .words(Rating.Direction.self)]), gives: .ok(rating),
    fails: ["message_not_found", "message_not_answer"])
  static let removeRating = Operation(
    "removeRating", .messages, gives: .noContent, fails: ["message_not_found"])
  static let sumRatings = Operation(
    "sumRatings", .messages, "", [Parameter("agent", Schema.text.example("demo"), "Those of one agent.")],
    gives: .page(ratingSum))

  static let embedTexts = Operation(
    "embedTexts", .messages, "Through the same keys, limits, prices and budgets as answers.",
    body: .json(
      [
        "provider": .visible, "model": .visible,
        "input": .either(.visible, .array(of: .visible, 1...EmbeddingRoutes.mostTexts)),
        "dimensions?": .integer(1...65_536).orNull, "purpose?": .words(["query", "document"]).orNull,
      ], example: ["provider": "openai", "model": "text-embedding-3-small", "input": ["green tea"]]),
    gives: .ok([
      "vectors": .array(of: .array(of: .number)), "dimensions": .count, "usage": Usage.schema,
      "cost": Schema.dollars.orNull,
    ]), fails: Self.providerCodes)

  /// What a call of a provider may fail with.
  static let providerCodes = [
    "provider_unknown", "provider_invalid_request", "provider_unsupported", "provider_model_not_found",
    "provider_rate_limited", "provider_quota", "budget_exhausted", "provider_unauthorized",
    "provider_unreachable", "provider_malformed", "provider_key_missing", "provider_keys_exhausted",
    "provider_busy", "provider_circuit_open", "provider_overloaded", "provider_timeout",
  ]

  // MARK: Shapes

  static let runAnswer =
    ([
      "success": .constant(true), "response": Schema.text.example("Sencha."), "conversationId": .identifier,
      "messageId": Schema.identifier.orNull, "runId": .identifier,
    ] as Schema).named("Answer")
  static let runWaits =
    ([
      "success": .constant(false), "status": .constant("waiting"), "conversationId": .identifier,
      "runId": .identifier, "approvals": .array(of: .anyObject), "hint": .text,
    ] as Schema).named("WaitingAnswer")
  static let runBegan: Schema = ["run": Run.schema]

  private static let done = (["batch": .identifier, "done": .constant(true)] as Schema).adding(Schema.tally)
  private static let lines = [Schema.batch, .batchItem, done].map { $0.example.text + "\n" }.joined()

  private static let found =
    ([
      "conversation": .identifier, "title": Schema.text.orNull, "message": .identifier, "seq": .count,
      "role": .words(Message.Role.self), "type": .words(Message.Kind.self), "agent": Schema.text.orNull,
      "run": Schema.identifier.orNull, "createdAt": .moment, "length": .count,
      "excerpt": [
        "start": .count,
        "segments": .array(of: ["text": .text, "match?": .constant(true)]),
      ],
      "matches": .array(of: ["start": .count, "length": .count]),
    ] as Schema).named("FoundMessage")

  private static let rated: Schema = [
    "agent": Schema.text.example("demo"), "agentVersion": .count, "provider": .text, "model": .text,
  ]
  private static let rating = rated.adding([
    "message": .identifier, "conversation": .identifier, "rating": .words(Rating.Direction.self),
  ]).named("Rating")
  private static let ratingSum = rated.adding(["up": .count, "down": .count]).named("RatingSum")
}
