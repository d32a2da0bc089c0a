import Basics
import Model
import Pipelines
import Storage
import WebServer
import Wire

/// Versions of agents: every content an agent ever had, and the way back to it.
enum AgentVersionRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/agents/{id}/versions", "an agent's versions, newest first", .listAgentVersions, list),
    RouteEntry(
      .get, "/api/agents/{id}/versions/{version}", "one version of an agent", .getAgentVersion, read),
    RouteEntry(
      .post, "/api/agents/{id}/restore", "makes a new version with an old one's content", .restoreAgent,
      restore),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<Agent>(request.parameter("id"))
    let query = try request.query(.listAgentVersions)
    let limit = try query.limit()
    var below = Int.max
    if let cursor = query["after"] {
      guard let version = Int(cursor) else { throw APIError.unknownCursor(cursor) }
      below = version
    }
    let versions = try await versions(of: id, context)
    let older = versions.filter { $0.version < below }
    let page = older.prefix(limit)
    let next = older.count > limit ? page.last.map { "\($0.version)" } : nil
    return .json(ListJSON(items: page.map(\.json), next: next))
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<Agent>(request.parameter("id"))
    let text = request.parameter("version")
    let versions = try await versions(of: id, context)
    guard let version = versions.first(where: { "\($0.version)" == text }) else {
      throw APIError(
        "version_not_found", "Agent \(id) has no version \(text).",
        hint: "GET /api/agents/\(id)/versions lists them.")
    }
    return .json(version.json)
  }

  /// Also those of a deleted agent: what a run used stays readable.
  private static func versions(of id: Identifier<Agent>, _ context: APIContext) async throws -> [Agent] {
    if let builtIn = BuiltInAgents.agent(id) { return [builtIn] }
    let versions = try await context.store.read { try $0.agents.versions(of: id) }
    guard !versions.isEmpty else { throw APIError.noAgent(id) }
    return versions
  }

  private static func restore(_ request: Request, _ context: APIContext) async throws -> Response {
    let target = try AgentTarget(request)
    let body = try RequestBody(request.body, for: .restoreAgent)
    try body.require("version")
    guard let version = try body.integer("version") else {
      throw APIError.invalidValue("version", mustBe: "a number")
    }
    try body.refuseUnknown()
    let agent = try await context.store.write { store in
      try target.check(in: store)
      return try store.agents.restore(version, of: target.id)
    }
    return .agent(agent)
  }
}
