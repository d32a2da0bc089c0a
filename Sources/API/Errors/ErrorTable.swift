import Basics
import Wire

/// The one place that gives an error's code its HTTP status. A code that is not listed is the hub's own fault.
enum ErrorTable {
  private static let statuses: [String: HTTPStatus] = [
    // The request.
    "invalid_json": 400, "invalid_body": 400, "missing_field": 400, "invalid_field": 400,
    "unknown_field": 400,
    "invalid_query": 400, "invalid_config": 400, "invalid_idempotency_key": 400, "invalid_if_match": 400,
    "invalid_position": 400,
    "provider_unknown": 400, "key_pool_none": 400, "subprotocol_not_supported": 400,
    "origin_not_allowed": 403, "host_not_allowed": 421,
    "invalid_pipeline": 400, "invalid_tool": 400, "invalid_schema": 400, "invalid_approval": 400,
    "tool_arguments_invalid": 400,
    "invalid_import": 400, "import_too_large": 413,
    "message_too_long": 413, "batch_too_large": 413, "event_too_large": 413,
    "document_unsupported": 415, "document_malformed": 400, "document_empty": 400, "document_too_large": 413,
    "embedder_unknown": 400,
    "dataset_not_csv": 400, "dataset_too_large": 413, "upload_ended": 409, "body_cut": 400,
    "invalid_multipart": 400, "validation_failed": 422,
    "csv_empty": 400, "csv_not_text": 400, "csv_too_many_columns": 400, "csv_field_too_long": 400,
    "csv_row_too_long": 400,
    "query_invalid": 400, "query_too_large": 400, "query_denied": 403,
    "python_refused": 403, "python_invalid": 400, "python_failed": 400, "python_ended": 400,
    // What it is about.
    "dataset_not_found": 404, "dataset_file_missing": 404, "chat_not_found": 404,
    "agent_not_found": 404, "version_not_found": 404, "run_not_found": 404,
    "conversation_not_found": 404, "thread_not_found": 404, "message_not_found": 404,
    "message_not_answer": 409, "message_not_question": 409, "branch_not_found": 404, "too_many_branches": 409,
    "conversation_too_long": 413, "conversation_empty": 409, "key_not_found": 404, "budget_not_found": 404,
    "tenant_not_found": 404,
    "tool_not_found": 404, "file_not_found": 404, "answer_not_found": 404, "batch_not_found": 404,
    "key_pool_full": 409,
    "collection_not_found": 404, "document_not_found": 404, "job_not_found": 404, "job_not_failed": 409,
    "embedder_mismatch": 409, "collection_filled": 409, "embedder_failed": 502, "dimension_mismatch": 502,
    "already_exists": 409, "agent_paused": 409, "agent_built_in": 409, "conversation_busy": 409,
    "step_not_found": 404, "run_stopped": 409, "run_not_over": 409, "run_is_part": 409,
    "run_not_waiting": 409, "call_not_waiting": 409, "tool_built_in": 409,
    "tool_exists": 409,
    "version_conflict": 412, "idempotency_key_reused": 422,
    // Whom it asks.
    "provider_invalid_request": 400, "provider_unsupported": 400, "provider_context_length": 400,
    "provider_content_filter": 400, "provider_model_not_found": 404,
    "provider_rate_limited": 429, "provider_quota": 429, "budget_exhausted": 429,
    "provider_unauthorized": 502, "provider_forbidden": 502, "provider_billing": 502,
    "provider_server_error": 502, "provider_unreachable": 502, "provider_truncated": 502,
    "provider_malformed": 502, "provider_key_missing": 503, "provider_keys_exhausted": 503,
    "provider_busy": 503, "provider_circuit_open": 503, "provider_overloaded": 503, "provider_loading": 503,
    "provider_timeout": 504,
    // Data sets and code that is run on them.
    "query_timeout": 504, "python_timed_out": 504, "query_cancelled": 503, "datasets_closed": 503,
    "python_busy": 503, "python_unavailable": 503, "cancelled": 503, "stopped": 503,
    // The hub.
    "draining": 503, "store_closed": 503, "interrupted": 503, "database_locked": 503, "disk_full": 507,
  ]

  /// The status of an error.
  static func status(of error: any Error) -> HTTPStatus {
    (error as? any CodedError).map { status(of: $0.code) } ?? 500
  }

  /// The status of a code.
  static func status(of code: String) -> HTTPStatus { statuses[code] ?? 500 }
}
