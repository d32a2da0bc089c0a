import Basics
import Model
import Pipelines
import Storage
import Tools
import WebServer
import Wire

/// Agents: list, create, read, change, delete, pause.
enum AgentRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/agents",
      "active agents as a bare array; ?workspace= chooses, ?status=all pages through every one", .listAgents,
      list),
    RouteEntry(.post, "/api/agents", "creates an agent", .createAgent, create),
    RouteEntry(.get, "/api/agents/{id}", "one agent; its ETag is its version", .getAgent, read),
    RouteEntry(
      .patch, "/api/agents/{id}", "changes any part of an agent, under If-Match if given", .changeAgent,
      change),
    RouteEntry(
      .delete, "/api/agents/{id}", "deletes an agent; its versions and messages stay", .deleteAgent, delete),
    RouteEntry(.post, "/api/agents/{id}/pause", "lets an agent take no more work", .pauseAgent, pause),
    RouteEntry(.post, "/api/agents/{id}/resume", "lets an agent work again", .resumeAgent, resume),
  ]

  enum Selection: String, CaseIterable {
    case active, all
  }

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    // Any other parameter passes: the Agent Nexus pages may add one against caches.
    let query = try request.query(.listAgents)
    guard try query.choice("status", of: Selection.self) == .all else {
      return await active(request, in: query["workspace"], context)
    }
    let limit = try query.limit()
    let position = try query["after"].map { try RequestQuery.listPosition($0, "after") }
    let page = try await context.store.read { try $0.agents.page(after: position, limit: limit) }
    return .json(ListJSON(items: page.items.map(\.json), next: page.next?.text))
  }

  /// Those of one workspace, or all but those that belong to a replaced system.
  private static func active(
    _ request: Request, in workspace: String?, _ context: APIContext
  ) async -> Response {
    do {
      let agents = try await context.store.read { try $0.agents.active() }.filter { agent in
        workspace.map { $0 == agent.workspace } ?? !DeliveredAgents.workspaces.contains(agent.workspace)
      }
      return .json(.array(agents.map(\.nexusJSON)))
    } catch {
      return context.answer(error, to: request, faultsAs: "Failed to fetch agents")
    }
  }

  private static func create(_ request: Request, _ context: APIContext) async throws -> Response {
    let change = try AgentChange(request.body, isWhole: true)
    let key = try IdempotencyKey(of: request)
    do {
      let tools = context.runs.tools
      return try await context.store.write { try insert(change, key, tools, in: $0) }.response
    } catch {
      return context.answer(error, to: request, faultsAs: "Failed to create agent")
    }
  }

  private static func insert(
    _ change: AgentChange, _ key: IdempotencyKey?, _ tools: ToolTable, in store: WriteTransaction
  ) throws -> IdempotencyKey.Answer {
    let make = {
      var agent = Agent(
        id: store.newIdentifier(), name: "", provider: "", model: "", createdAt: store.now,
        updatedAt: store.now)
      try change.apply(to: &agent)
      try change.checkTools(of: agent, tools, in: store)
      try change.checkPlan(of: agent, tools, in: store)
      return IdempotencyKey.Answer(status: 201, body: try store.agents.create(agent).rowJSON.bytes)
    }
    return try key?.answer(on: "agents", in: store, make: make) ?? make()
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let id = Identifier<Agent>(request.parameter("id"))
    let agent = try await context.store.read { try BuiltInAgents.agent(id) ?? $0.agents.get(id) }
    guard let agent else { throw APIError.noAgent(id) }
    let tag = IfMatch.tag(agent.version)
    return IfNoneMatch.knows(tag, request) ? Response(304, fields: ["ETag": tag]) : .agent(agent)
  }

  private static func change(_ request: Request, _ context: APIContext) async throws -> Response {
    let change = try AgentChange(request.body, isWhole: false)
    let tools = context.runs.tools
    return .agent(
      try await update(request, context) { agent, store in
        try change.apply(to: &agent)
        try change.checkTools(of: agent, tools, in: store)
        try change.checkPlan(of: agent, tools, in: store)
      })
  }

  private static func pause(_ request: Request, _ context: APIContext) async throws -> Response {
    .agent(try await update(request, context) { agent, _ in agent.status = .paused })
  }

  private static func resume(_ request: Request, _ context: APIContext) async throws -> Response {
    .agent(try await update(request, context) { agent, _ in agent.status = .active })
  }

  private static func update(
    _ request: Request, _ context: APIContext,
    _ change: @escaping @Sendable (inout Agent, WriteTransaction) throws -> Void
  ) async throws -> Agent {
    let target = try AgentTarget(request)
    return try await context.store.write { store in
      try target.check(in: store)
      return try store.agents.update(target.id) { try change(&$0, store) }
    }
  }

  private static func delete(_ request: Request, _ context: APIContext) async throws -> Response {
    let target = try AgentTarget(request)
    guard !DeliveredAgents.ids.contains(target.id.text) else { throw APIError.delivered(target.id) }
    try await context.store.write { store in
      try target.check(in: store)
      try store.agents.delete(target.id)
    }
    return .noContent
  }
}

/// The agent that a request would change, and the versions it may be at.
struct AgentTarget: Sendable {
  let id: Identifier<Agent>
  private let ifMatch: IfMatch

  /// - Throws: `agent_built_in`, `invalid_if_match`.
  init(_ request: Request) throws(APIError) {
    id = Identifier(request.parameter("id"))
    ifMatch = try IfMatch(request.fields.list("If-Match"))
    guard BuiltInAgents.agent(id) == nil else {
      throw APIError(
        "agent_built_in", "The agent \(id) is built in and cannot be changed.",
        hint: "POST /api/agents makes one of your own; its provider may be demo.")
    }
  }

  /// Makes sure, inside the transaction of the change, that the agent is there at a right version.
  func check(in store: WriteTransaction) throws {
    guard let agent = try store.agents.get(id) else { throw APIError.noAgent(id) }
    try ifMatch.check(agent.version, of: id.text)
  }
}

extension APIError {
  /// Its system's surface would be dead without it, and a deleted id is never used again.
  static func delivered(_ id: Identifier<Agent>) -> Self {
    Self(
      "agent_built_in", "The agent \(id) belongs to a delivered pipeline and cannot be deleted.",
      hint: "Change it with PATCH, or pause it.")
  }

  static func noAgent(_ id: Identifier<Agent>) -> Self { .notFound("agent", id.text, list: "/api/agents") }

  /// A cursor that no list gave out.
  static func unknownCursor(_ text: String) -> Self {
    Self(
      "invalid_query", "There is no position \(text) in this list.",
      hint: "Send what the last page said as next.")
  }
}

extension Response {
  /// An agent with its version as entity tag.
  static func agent(_ agent: Agent) -> Response {
    var response = Response.json(agent.json)
    response.fields.append("ETag", IfMatch.tag(agent.version))
    return response
  }
}
