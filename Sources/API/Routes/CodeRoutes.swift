import Basics
import Datasets
import Model
import PythonTools
import Sandbox
import WebServer
import Wire

/// Code that is run on data sets by hand: SQL and Python.
enum CodeRoutes {
  static let entries: [RouteEntry] = [
    .detailed(
      .post, "/api/sql/execute", "asks a data set a question in SQL", .executeSQL,
      failure: "SQL execution failed: ", sql),
    .detailed(
      .post, "/api/python/execute", "runs Python code on a data set, in a sandbox", .executePython,
      failure: "Python execution failed: ", python),
  ]

  private static func sql(_ request: Request, _ context: APIContext) async throws -> Response {
    var body = try ModelBody(request.body)
    let session = Identifier<Dataset>(body.text("session_id"))
    let sql = body.text("sql")
    let limit = body.integer("limit", or: context.workspace.datasets.limits.query.rows)
    try body.check()
    let result = try await context.workspace.runSQL(sql, limit: limit, on: session)
    var object = result.json.object ?? [:]
    object["summary"] = nil
    // Some clients read one name, some the other.
    object["records"] = object["rows"]
    return .json(["success": true, "data": .object(object), "summary": .string(result.summary)])
  }

  static let pythonSeconds = 0.1...120.0

  private static func python(_ request: Request, _ context: APIContext) async throws -> Response {
    var body = try ModelBody(request.body)
    let session = Identifier<Dataset>(body.text("session_id"))
    let code = body.text("code")
    let seconds = body.number("timeout", in: pythonSeconds, or: 10)
    try body.check()
    let answer = try await context.workspace.runPython(
      code, timeout: .milliseconds(Int(seconds * 1000)), on: session)
    let summary =
      switch answer {
      case .computed: "Python execution completed successfully"
      case .statistics(_, let reason): reason.message
      }
    return .json(["success": true, "data": .object(answer.json), "summary": .string(summary)])
  }
}
