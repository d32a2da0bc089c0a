package import Basics

// The nouns as every surface shows them, as schemas. What writes them stands in `NounJSON.swift` and beside the nouns; tests hold the one
// against the other.

extension Usage {
  /// What `json` gives.
  package static let schema = members.about("Tokens, as the provider counted them.").named("Usage")

  /// The members alone, for objects that have more.
  package static let members: Schema = [
    "inputTokens": .count.about("All input tokens, cached ones included."), "outputTokens": .count,
    "cachedTokens": .count, "cacheWriteTokens": .count, "reasoningTokens": .count,
    "savedInputTokens?": .count.about("Not taken, because the hub had the answer."),
    "savedOutputTokens?": .count,
    "estimated?": Schema.flag.about("The hub counted roughly, as the provider did not tell."),
  ]
}

extension RunFailure {
  /// What `json` gives.
  package static let schema =
    ([
      "code": Schema.text.example("provider_rate_limited"),
      "message": Schema.text.example("OpenAI asks to slow down."),
      "hint?": .text, "cause?": .text, "retryAfterMs?": .count,
    ] as Schema).named("RunFailure")
}

extension Conversation {
  /// What `write` gives.
  package static let schema =
    ([
      "id": .identifier, "title": Schema.text.orNull.example("Tea"),
      "seq": Schema.count.about("The position of its newest event."),
      "createdAt": .moment, "updatedAt": .moment,
      "branch?": Schema.count.about("Where its path ends, once it has branched."),
      "forkedFrom?": ForkOrigin.schema,
      "branches?": Schema.array(of: Branch.schema).about("In exports."),
    ] as Schema).named("Conversation")
}

extension ForkOrigin {
  /// What `json` gives.
  package static let schema: Schema = ["conversation": .identifier, "message": .identifier]
}

extension Branch {
  /// What `write` gives.
  package static let schema =
    ([
      "branch": .count, "parent": .count, "kind": .words(Kind.self), "from": .count, "until": .count,
      "before": Schema.identifier.orNull, "message": .identifier, "run": Schema.identifier.orNull,
      "selected": .flag, "createdAt": .moment,
    ] as Schema).named("Branch")

  /// The number of a branch, where something is in one.
  static let numberSchema = Schema.count.about("Its branch; 0, the first, is not told.")
}

extension MessagePart {
  /// What `json` gives. Parts of results are parts again.
  package static let schema = Schema.either(
    part("text", ["text": .text]), part("refusal", ["text": .text]), part("reasoning", ["text": .text]),
    part("image", ["url?": .text, "mediaType?": .text, "data?": .text]),
    part("tool_call", ["id": .text, "name": .text, "arguments": .text, "valid?": .flag]),
    part(
      "tool_result",
      ["call": .text, "name": .text, "parts": .array(of: .anyObject), "error?": .flag]),
    part("foreign", ["json": .any])
  ).named("MessagePart")

  private static func part(_ type: String, _ members: Schema) -> Schema {
    (["type": .constant(.string(type)), "replay?": .anyObject] as Schema).adding(members)
  }
}

extension Message {
  /// What `write` gives.
  package static let schema =
    ([
      "id": .identifier, "conversation": .identifier, "seq": .count, "parent": Schema.identifier.orNull,
      "run": Schema.identifier.orNull, "agent": Schema.text.orNull.example("demo"), "role": .words(Role.self),
      "type": .words(Kind.self), "text": Schema.text.example("Which tea is green?"),
      "parts": Schema.array(of: MessagePart.schema).orNull.example(.null),
      "step?": Schema.text.about("The pipeline's step that said it."), "branch?": Branch.numberSchema,
      "createdAt": .moment,
    ] as Schema).named("Message")
}

extension Run {
  /// What `write` gives.
  package static let schema = members.named("Run")

  /// The members alone, for objects that have more.
  package static let members: Schema = [
    "id": .identifier, "conversation": .identifier, "agent": Schema.text.example("demo"),
    "agentName": Schema.text.example("Demo"), "agentVersion": .count.example(1),
    "status": .words(Status.self).example("completed"), "parentRun": Schema.identifier.orNull.example(.null),
    "step": Schema.text.orNull.example(.null),
    "input": Schema.identifier.about("The message that it answers."),
    "output": Schema.identifier.about("The message that holds the answer."), "branch?": Branch.numberSchema,
    "createdAt": .moment,
    "startedAt": Schema.moment.orNull, "finishedAt": Schema.moment.orNull, "usage": Usage.schema.orNull,
    "cost": Schema.dollars.orNull, "error": RunFailure.schema.orNull.example(.null),
    "parameters?": Schema.anyObject.about("What the caller gave beside the message."),
  ]
}

extension ToolCallRecord {
  /// What `json` gives.
  package static let schema = head.adding([
    "status": .words(Status.self).example("completed"), "arguments": .any,
    "editedArguments": Schema.any.example(.null), "result": Schema.any, "resultBytes": Schema.count.orNull,
    "error": RunFailure.schema.orNull.example(.null), "reason": Schema.text.orNull.example(.null),
    "createdAt": .moment, "decidedAt": Schema.moment.orNull, "startedAt": Schema.moment.orNull,
    "finishedAt": Schema.moment.orNull,
  ]).named("ToolCall")

  /// What `request` gives.
  package static let requestSchema = head.adding(["arguments": Schema.any.example(["city": "Graz"])]).named(
    "ToolCallRequest")

  /// The members that every form of a call begins with.
  static let head: Schema = [
    "call": Schema.count.example(1).about("The call's number in its run."),
    "id": Schema.text.example("call_1").about("The model's own name for it."),
    "tool": Schema.text.example("weather"), "round": Schema.count.example(1),
  ]
}

extension BudgetStanding {
  /// What `json` gives.
  package static let schema = members.named("Budget")

  /// The members alone, for events.
  static let members: Schema = [
    "scope": .words(Budget.Scope.self), "subject": Schema.text.example("demo"),
    "period": .words(Budget.Period.self), "dollars": .dollars.example(5), "spent": .dollars,
    "unpricedCalls": .count, "reached": .flag.example(false), "until": .moment,
  ]
}

extension KnowledgeCollection {
  /// What `write` gives.
  package static let schema =
    ([
      "name": Schema.text.example("teas"), "embedder": Schema.text.example("lexical"),
      "dimensions": .count.orNull.example(384),
      "chunkSize": .count.example(1000), "chunkOverlap": .count.example(200), "revision": .count,
      "documents?": .count, "chunks?": .count, "createdAt": .moment, "updatedAt": .moment,
    ] as Schema).named("Collection")
}

extension KnowledgeDocument {
  /// What `write` gives.
  package static let schema = members.named("Document")

  /// The members alone, for objects that have more.
  package static let members: Schema = [
    "id": .identifier, "collection": Schema.text.example("teas"), "name": Schema.text.example("tea.md"),
    "title": Schema.text.example("Tea"), "format": Schema.text.example("markdown"), "metadata": .anyObject,
    "version": .count.example(1), "latest": .count.example(1), "characters": .count, "chunks": .count,
    "createdAt": .moment, "updatedAt": .moment,
  ]
}

extension IndexJob {
  /// What `write` gives.
  package static let schema = members.named("IndexJob")

  /// The members alone, for objects that have more.
  package static let members: Schema = [
    "id": .identifier, "collection": Schema.text.example("teas"), "kind": .words(["add", "reindex"]),
    "embedder": Schema.text.example("lexical"), "state": .words(states), "total": .count, "done": .count,
    "failed": .count.example(0), "skipped": .count.example(0), "chunks": .count,
    "error": Schema.text.orNull.example(.null), "createdAt": .moment, "startedAt": Schema.moment.orNull,
    "finishedAt": Schema.moment.orNull,
  ]

  static let states = ["queued", "running", "done", "failed"]
}

extension IndexItem {
  /// What `write` gives.
  package static let schema =
    ([
      "document": Schema.text.example("tea.md"), "version": .count.example(1),
      "state": .words(["queued", "ready", "done", "skipped", "failed"]).example("done"),
      "error": Schema.text.orNull.example(.null),
    ] as Schema).named("IndexItem")
}
