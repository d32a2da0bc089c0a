import Basics

/// How errors of an operation look.
enum FaultForm: Sendable {
  /// `{"error","code","hint"}`
  case hub
  /// The same, with what the run that failed has left.
  case invocation
  /// The same with `detail`.
  case detailed
  /// `{"error":{"message","type","param","code"}}`
  case openAI
  /// `{"error","detail"}`
  case insightX
  /// `{"error","detail","session_id"}`
  case customer
  /// `{"detail"}`
  case fieldService
  /// `{"success":false,"error"}`, or the error alone.
  case context

  /// The form of what the operation itself refuses.
  var schema: Schema {
    switch self {
    case .hub: Self.error
    case .invocation:
      Self.members.adding([
        "details?": .text, "conversationId": .identifier, "messageId": Schema.identifier.orNull,
        "runId": .identifier, "response": Schema.text.orNull.about("What was written of the answer."),
      ]).named("InvocationError")
    case .detailed: Self.members.adding(["detail": Self.detail]).named("DetailedError")
    case .openAI:
      ([
        "error": [
          "message": Schema.text.example("The model 'x' does not exist."),
          "type": Schema.text.example("invalid_request_error"), "param": Schema.text.orNull.example("model"),
          "code": Schema.text.orNull.example("model_not_found"),
        ]
      ] as Schema).named("OpenAIError")
    case .insightX: (["error": .text, "detail": .text] as Schema).named("AnalysisError")
    case .customer:
      (["error": .text, "detail": Self.detail, "session_id?": .text] as Schema).named("ChatError")
    case .fieldService: (["detail": Self.detail] as Schema).named("DetailError")
    case .context: (["error": .text, "success?": .constant(false)] as Schema).named("ContextError")
    }
  }

  /// Whether the operation tells some of its errors in the hub's own form.
  var isBesideHub: Bool {
    switch self {
    case .invocation, .context: true
    case .hub, .detailed, .openAI, .insightX, .customer, .fieldService: false
    }
  }

  private static let members: Schema = [
    "error": Schema.text.about("What was being done, and what went wrong.").example(
      "There is no agent nobody."),
    "code": Schema.text.about("For programs.").example("agent_not_found"),
    "hint": Schema.text.orNull.about("What to try.").example("GET /api/agents lists those there are."),
  ]

  /// The hub's own form.
  static let error = members.adding(["details?": .text]).named("Error")

  /// A sentence, or everything that is wrong with a body, as FastAPI tells it.
  private static let detail = Schema.either(
    Schema.text.example("There is no data set x."),
    .array(
      of: ([
        "type": .text, "loc": .array(of: .either(.text, .integer)), "msg": .text, "input": .any,
        "ctx?": .anyObject,
      ]
        as Schema).named("ValidationError")))
}
