import Basics
import Model
import Realtime

// The streams of the replaced systems. Bodies are the shapes that they are checked against.

extension Schema {
  /// What a stream of events says beside events: a snapshot, where it is live, how it ended.
  static let control = Schema.anyObject.example(ServerMessage.schema(of: .bye).example).about(
    "What sockets say beside events, too: `live`, `snapshot`, `replayed`, `bye`.")

  /// A shape that bodies are checked against, under the name that its documents had.
  static func body(_ shape: BodyShape, named name: String) -> Schema {
    Schema(shape.schema.object ?? [:], example: .null).named(name)
  }
}

extension Operation {
  private static let customerExample: JSON = [
    "message": "What does the Starter plan cost?", "session_id": "7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b",
  ]
  private static let chatRequest = Schema.body(CustomerRequest.shape, named: "ChatRequest")
  private static let customerCodes = [
    "validation_failed", "provider_rate_limited", "internal", "draining", "provider_timeout",
  ]
  private static let session = Schema.text.example("7d1f4a52-3c1e-4b8a-9a55-0f6f3c2d1e4b")

  static let chat = Operation(
    "chat", .customer, body: .json(chatRequest, example: customerExample),
    gives: .ok(["response": .text, "session_id": session]), fails: customerCodes
  ).failing(as: .customer)
  static let streamChat = Operation(
    "streamChat", .customer, "`start`, a `token` for each piece, then `done`, or `error` in its place.",
    body: .json(chatRequest, example: customerExample),
    gives: Success(
      200, "The answer, token by token.",
      .events([
        (nil, ["type": .constant("start"), "session_id": session]),
        (nil, ["type": .constant("token"), "content": .text, "session_id": session]),
        (nil, ["type": .constant("done"), "session_id": session, "tokens": .count, "time": .number]),
        (nil, ["type": .constant("error"), "error": .text, "detail": .text, "session_id": session]),
      ])), fails: customerCodes
  ).failing(as: .customer)

  // MARK: Field service

  private static let fieldServiceRequest = Schema.body(FieldServiceRequest.shape, named: "ChatStreamRequest")
  private static let fieldServiceExample: JSON = [
    "input": ["message": "Which jobs run late today?"],
    "conversation": ["id": "conv-81", "user_id": "u-5", "company_id": "co-2"],
  ]
  private static let fieldServiceCodes = [
    "validation_failed", "agent_not_found", "agent_paused", "message_too_long", "internal", "draining",
  ]

  static let streamFieldService = Operation(
    "streamFieldService", .fieldService, "The answer is what the tokens of `final` add up to.",
    body: .json(fieldServiceRequest, example: fieldServiceExample),
    gives: Success(
      200, "Semantic events.",
      .events([
        (nil, ["event": .constant("tool_start"), "tool": .words(["sql_agent", "rag_agent"])]),
        (nil, ["event": .constant("route_decision"), "route": Schema.text.example("sql")]),
        (
          nil,
          [
            "event": .constant("token"), "channel": .words(["sql_agent", "rag_agent", "final"]),
            "content": .text,
          ]
        ),
        (nil, ["event": .constant("complete"), "stats": ["tokens": .count, "conversation_id": .text]]),
        (nil, ["event": .constant("error"), "error": .text]),
      ])), fails: fieldServiceCodes
  ).failing(as: .fieldService)
  static let streamFieldServicePages = Operation(
    "streamFieldServicePages", .fieldService,
    body: .json(fieldServiceRequest, example: fieldServiceExample),
    gives: Success(
      200, "Events with words for people.",
      .events([
        (nil, ["token": .text, "type": .words(["tool_call", "reasoning", "final_answer", "error"])]),
        (nil, ["done": .constant(true), "metadata": .anyObject]),
      ])), fails: fieldServiceCodes
  ).failing(as: .fieldService)

  // MARK: InsightX

  private static let analysisRequest =
    ([
      "session_id": .visible.example("test-session"), "chat_id": .visible.example("test-chat"),
      "message": .visible.example("What is the mean amount?"),
      "history?": Schema.any.about(
        "Turns, `{\"role\",\"content\"}`; they count where the hub has no conversation."),
    ] as Schema).open.named("AnalysisRequest")

  static let analyse = analysis("analyse")
  static let analyseUnderAPI = analysis("analyseUnderAPI")
  static let analyseToDone = analysis("analyseToDone")

  private static func analysis(_ id: String) -> Operation {
    Operation(
      id, .insightX, "", body: .json(analysisRequest),
      gives: Success(
        200, "What the stages do, what each found, and the answer.",
        .events(
          [
            (nil, ["type": .constant("status"), "message": .text, "data?": ["stage": .text]]),
            (nil, ["type": .constant("orchestrator_result"), "data": .anyObject]),
            (nil, ["type": .constant("sql_result"), "data": .anyObject]),
            (nil, ["type": .constant("python_result"), "data": .anyObject]),
            (nil, ["type": .constant("final_response"), "data": .anyObject]),
            (nil, ["type": .constant("error"), "message": .text]),
          ], ending: "[DONE]")),
      fails: [
        "invalid_body", "dataset_not_found", "chat_not_found", "agent_not_found", "agent_paused",
        "message_too_long", "conversation_busy", "internal", "draining",
      ]
    ).failing(as: .insightX)
  }

  static let describeDataset = Operation(
    "describeDataset", .insightX,
    body: .json((["sessionId": .visible.example("test-session")] as Schema).open),
    gives: .ok(["success": .constant(true), "response": .any, "cached?": .constant(true)]),
    fails: ["invalid_body", "internal"]
  ).failing(as: .context)
}
