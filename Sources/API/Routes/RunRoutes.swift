import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// Runs: list, read, stop, approve.
enum RunRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(.get, "/api/runs", "runs, newest first; ?conversation= and ?status= choose", .listRuns, list),
    RouteEntry(
      .get, "/api/runs/{id}", "one run, with the tools it called and its steps' runs", .getRun, read),
    RouteEntry(
      .get, "/api/runs/{id}/attempts", "whom a run asked, in order, and what came of it", .listAttempts,
      attempts),
    RouteEntry(.post, "/api/runs/{id}/stop", "ends a run, whether it waits or works", .stopRun, stop),
    RouteEntry(
      .post, "/api/runs/{id}/approve", "approves or denies the calls of tools that a run waits with",
      .approveRun, approve),
    RouteEntry(
      .post, "/api/runs/{id}/rerun",
      "answers a run's message again, from a step of its pipeline if one is given", .rerun, rerun),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = try request.query(.listRuns)
    let limit = try query.limit()
    let conversation = query["conversation"].map { Identifier<Conversation>($0) }
    let status = try query.choice("status", of: Run.Status.self)
    let last = query["after"].map { Identifier<Run>($0) }
    let page = try await context.store.read { store in
      try store.runs.page(of: conversation, status: status, before: last, limit: limit)
    }
    return .json(ListJSON(items: page.items, next: page.next?.text))
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<Run>(request.parameter("id"))
    return .json(try await detail(of: id, context))
  }

  private static func detail(of id: Identifier<Run>, _ context: APIContext) async throws -> RunDetail {
    try await context.store.read { store in
      guard let run = try store.runs.get(id) else { throw RunError.runNotFound(id) }
      return RunDetail(
        run: run, calls: try store.toolCalls.ofRun(id), parts: try store.runs.parts(of: id),
        approvals: try store.approvals(of: run))
    }
  }

  private static func attempts(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<Run>(request.parameter("id"))
    let attempts = try await context.store.read { store in
      guard try store.runs.get(id) != nil else { throw RunError.runNotFound(id) }
      return try store.attempts.ofRun(id)
    }
    return .json(["items": .array(attempts.map(\.json)), "next": .null])
  }

  private static func approve(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body, for: .approveRun)
    try body.refuseUnknown()
    let id = Identifier<Run>(request.parameter("id"))
    _ = try await context.runs.approve(id, Approval(body.members))
    return .json(try await detail(of: id, context))
  }

  private static func rerun(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try RequestBody(request.body.isEmpty ? Array("{}".utf8) : request.body, for: .rerun)
    let step = try body.text("step")
    try body.refuseUnknown()
    let run = try await context.runs.rerun(Identifier(request.parameter("id")), from: step)
    return .json(run, status: 202)
  }

  private static func stop(_ request: Request, _ context: APIContext) async throws -> Response {
    .json(try await context.runs.stop(Identifier(request.parameter("id"))))
  }
}
