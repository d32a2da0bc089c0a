import Basics
import Datasets
import Model

// The data sets of InsightX: names in snake_case, errors with `detail`, as its clients know them.

extension Schema {
  private static let status = words(Dataset.Status.self).example("ready")
  fileprivate static let uploaded: Schema = [
    "session_id": identifier, "filename": text.example("sales.csv"), "row_count": count.orNull,
    "status": status,
  ]
  fileprivate static let session =
    ([
      "id": identifier, "filename": text.example("sales.csv"), "row_count": count.orNull, "status": status,
      "data_dna?": anyObject.orNull.about("What is in it."), "parquet_path": text.orNull,
      "created_at": moment,
    ] as Schema).named("Session")
  fileprivate static let execution: Schema = [
    "code": text, "executed_at": moment, "description": text.orNull, "message_id": text.orNull, "result": any,
    "row_count": count.orNull, "execution_time_ms": count, "status": words(["success", "error"]),
    "error_message": text.orNull,
  ]
  fileprivate static let chat =
    ([
      "id": identifier, "session_id": identifier, "title": text.orNull, "created_at": moment,
    ] as Schema).named("Chat")
  fileprivate static let chatMessage =
    ([
      "id": identifier, "chat_id": identifier, "role": text.example("user"), "content": text,
      "created_at": moment,
    ] as Schema).named("ChatMessage")

  /// What runs of code answer.
  fileprivate static func ran(_ data: Schema) -> Schema {
    ["success": constant(true), "data": data, "summary": text]
  }
}

extension Operation {
  private static let oneDataset = ["dataset_not_found"]
  private static let files = ["dataset_file_missing", "datasets_closed"]

  static let uploadDataset = Operation(
    "uploadDataset", .dataSets,
    "The file is read while it comes; separator, encoding and header row are found out.",
    [.idempotencyKey],
    body: Content(
      type: "multipart/form-data",
      schema: ([
        "file": Schema(["type": "string", "contentMediaType": "text/csv"], example: "day,amount\n1,2\n")
      ] as Schema).open,
      example: ["file": "day,amount\n1,2\n"]),
    gives: .ok(.uploaded),
    fails: files + [
      "validation_failed", "invalid_multipart", "dataset_not_csv", "dataset_too_large", "upload_ended",
      "body_cut", "csv_empty",
      "csv_not_text", "csv_too_many_columns", "csv_field_too_long", "csv_row_too_long", "disk_full",
    ]
  ).failing(as: .detailed)
  static let exploreDataset = Operation(
    "exploreDataset", .dataSets, gives: .ok(["status": .constant("ready"), "data_dna": .anyObject]),
    fails: oneDataset + files)
  static let listSessions = Operation(
    "listSessions", .dataSets, "", [.limit], gives: .ok(.array(of: .session)))
  static let getSession = Operation("getSession", .dataSets, gives: .ok(.session), fails: oneDataset)
  static let deleteSession = Operation("deleteSession", .dataSets, gives: .noContent, fails: oneDataset)
  static let getSidebar = Operation(
    "getSidebar", .dataSets,
    gives: .ok([
      "id": .identifier, "session_id": .identifier, "filename": .text, "data_dna": Schema.anyObject.orNull,
      "context_analysis": .any, "current_sql_code": Schema.text.orNull,
      "sql_code_history": .array(of: .execution), "current_python_code": Schema.text.orNull,
      "python_code_history": .array(of: .execution), "created_at": .moment, "updated_at": .moment,
    ]), fails: oneDataset)
  static let addInsight = Operation(
    "addInsight", .dataSets,
    body: .json(
      (["insight": .anyObject] as Schema).open, example: ["insight": ["finding": "Sales fell in May."]]),
    gives: .ok(["success": .constant(true), "message": .text, "total_insights": .count]), fails: oneDataset)
  static let listInsights = Operation(
    "listInsights", .dataSets, gives: .ok(["insights": .array(of: .any)]))

  static let executeSQL = Operation(
    "executeSQL", .dataSets, "One statement that reads, on the table `transactions`.",
    body: .json(
      (["session_id": .text, "sql": .text, "limit?": Schema.integer.orNull] as Schema).open,
      example: ["session_id": "sample-1", "sql": .string(ExampleQuery.sql)]),
    gives: .ok(
      .ran([
        "columns": .array(of: .text), "row_count": .count, "truncated": .flag, "rows": .array(of: .anyObject),
        "records": .array(of: .anyObject),
      ])),
    fails: oneDataset + files + [
      "query_invalid", "query_too_large", "query_denied", "query_timeout", "query_cancelled",
    ])
  static let executePython = Operation(
    "executePython", .dataSets,
    "In a sandbox, with the table as the frame `df`. Where there is no Python, `data` has statistics and why.",
    body: .json(
      (["session_id": .text, "code": .text, "timeout?": Schema.number(CodeRoutes.pythonSeconds).orNull]
        as Schema).open,
      example: ["session_id": "sample-1", "code": "print(len(df))"]),
    gives: .ok(.ran(.anyObject)),
    fails: oneDataset + files + [
      "python_refused", "python_invalid", "python_failed", "python_ended", "python_timed_out", "python_busy",
      "python_unavailable",
    ])

  static let createChat = Operation(
    "createChat", .dataSets,
    body: .json(
      (["session_id": .text, "title?": Schema.text.orNull] as Schema).open,
      example: ["session_id": "sample-1", "title": "Sales"]),
    gives: .ok(.chat), fails: oneDataset)
  static let listChats = Operation("listChats", .dataSets, gives: .ok(.array(of: .chat)), fails: oneDataset)
  static let addChatMessage = Operation(
    "addChatMessage", .dataSets,
    body: .json(
      (["chat_id": .text, "role": .text, "content": .any] as Schema).open,
      example: [
        "chat_id": "019a9f3c-5d21-7c40-9a3e-0c5b7d1e2f34", "role": "user", "content": "Which month was best?",
      ]),
    gives: .ok(.chatMessage), fails: ["chat_not_found", "message_too_long"])
  static let listChatMessages = Operation(
    "listChatMessages", .dataSets, gives: .ok(.array(of: .chatMessage)), fails: ["chat_not_found"])
  static let listSessionMessages = Operation(
    "listSessionMessages", .dataSets, "", [.limit], gives: .ok(.array(of: .chatMessage)), fails: oneDataset)
}
