import Basics
import Model
import Pipelines
import Storage
import Tools
import WebServer
import Wire

/// Tools: list, register, read, change, take away.
enum ToolRoutes {
  static let entries: [RouteEntry] = [
    RouteEntry(
      .get, "/api/tools", "tools that agents may be allowed to call, built in and registered", .listTools,
      list),
    RouteEntry(.post, "/api/tools", "registers a tool: a request that a model fills", .registerTool, create),
    RouteEntry(.get, "/api/tools/{name}", "one tool; secrets in its headers are masked", .getTool, read),
    RouteEntry(
      .patch, "/api/tools/{name}", "changes any part of a registered tool but its name", .changeTool, change),
    RouteEntry(.delete, "/api/tools/{name}", "takes a registered tool away", .removeTool, delete),
  ]

  private static func list(_ request: Request, _ context: APIContext) async throws -> Response {
    _ = try request.query(.listTools)
    let registered = try await context.store.read { try $0.tools.list() }
    let items = context.runs.tools.builtIn.map(\.json) + registered.map(\.json)
    return .json(["items": .array(items), "next": .null])
  }

  private static func create(_ request: Request, _ context: APIContext) async throws -> Response {
    let change = try ToolChange(request.body, isWhole: true)
    let key = try IdempotencyKey(of: request)
    let tools = context.runs.tools
    return try await context.store.write { store in
      try key?.answer(on: "tools", in: store) { try insert(change, tools, in: store) }
        ?? insert(change, tools, in: store)
    }.response
  }

  private static func insert(
    _ change: ToolChange, _ tools: ToolTable, in store: WriteTransaction
  ) throws -> IdempotencyKey.Answer {
    let tool = try change.made(at: store.now)
    guard try tools.builtIn(named: tool.name) == nil && store.tools.get(tool.name) == nil else {
      throw APIError(
        "tool_exists", "There is a tool \(tool.name) already.",
        hint: "PATCH /api/tools/\(tool.name) changes it.")
    }
    try store.tools.put(tool)
    return IdempotencyKey.Answer(status: 201, body: tool.json.bytes)
  }

  private static func read(_ request: Request, _ context: APIContext) async throws -> Response {
    let name = request.parameter("name")
    if let tool = context.runs.tools.builtIn(named: name) { return .json(tool.json) }
    guard let tool = try await context.store.read({ try $0.tools.get(name) }) else { throw notFound(name) }
    return .json(tool.json)
  }

  private static func change(_ request: Request, _ context: APIContext) async throws -> Response {
    let name = try registeredName(request, context)
    let change = try ToolChange(request.body, isWhole: false)
    let tool = try await context.store.write { store in
      guard var tool = try store.tools.get(name) else { throw notFound(name) }
      try change.apply(to: &tool, at: store.now)
      try store.tools.put(tool)
      return tool
    }
    return .json(tool.json)
  }

  private static func delete(_ request: Request, _ context: APIContext) async throws -> Response {
    let name = try registeredName(request, context)
    try await context.store.write { store in
      guard try store.tools.get(name) != nil else { throw notFound(name) }
      try store.tools.delete(name)
    }
    return .noContent
  }

  private static func registeredName(_ request: Request, _ context: APIContext) throws(APIError) -> String {
    let name = request.parameter("name")
    guard context.runs.tools.builtIn(named: name) == nil else {
      throw APIError("tool_built_in", "The tool \(name) is built in and cannot be changed.")
    }
    return name
  }

  private static func notFound(_ name: String) -> APIError { .notFound("tool", name, list: "/api/tools") }
}
