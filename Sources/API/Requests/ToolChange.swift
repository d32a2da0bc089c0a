import Basics
import HTTPTools
import Model
import Tools

/// What a body says about a registered tool: all of it for a new one, any part of it for a change.
struct ToolChange: Sendable {
  let name: String?
  /// Outer nil: not mentioned; inner nil: none.
  private var description: String??
  private let method: RegisteredTool.Method?
  private let url: String?
  private let headers: [RegisteredTool.Header]?
  private let parameters: JSON?
  private let timeout: Double?
  private let maximumResult: Int?
  private let approval: ToolApproval?

  /// Reads a body.
  ///
  /// - Parameter isWhole: whether the tool is new, so that name and url are required.
  init(_ bytes: [UInt8], isWhole: Bool) throws(APIError) {
    let body = try RequestBody(bytes, for: .registerTool)
    if isWhole { try body.require("name", "url") }
    name = try body.text("name", atMost: 64)
    if body.has("description") { description = .some(try body.text("description")) }
    method = try body.choice("method", of: RegisteredTool.Method.self)
    url = try body.text("url")
    headers = try Self.headers(in: body)
    parameters = try body.object("parameters").map { .object($0) }
    timeout = try body.number("timeout")
    maximumResult = try body.integer("maxResultBytes")
    approval = try body.choice("approval", of: ToolApproval.self)
    try body.refuseUnknown()
    if !isWhole, name != nil {
      throw APIError.invalidValue("name", mustBe: "left out: a tool keeps its name, which agents know")
    }
  }

  /// A new tool.
  ///
  /// - Throws: `invalid_tool`, `invalid_schema`.
  func made(at time: Timestamp) throws -> RegisteredTool {
    var tool = RegisteredTool(
      name: name ?? "", url: url ?? "", parameters: ["type": "object", "properties": [:]], createdAt: time,
      updatedAt: time)
    try apply(to: &tool, at: time)
    return tool
  }

  /// Changes what was mentioned.
  ///
  /// - Throws: `invalid_tool`, `invalid_schema`.
  func apply(to tool: inout RegisteredTool, at time: Timestamp) throws {
    let old = tool
    if let description { tool.description = description }
    tool.method = method ?? tool.method
    tool.url = url ?? tool.url
    tool.parameters = parameters ?? tool.parameters
    // Far beyond what a tool may take, but still an integer: the check refuses it.
    tool.timeout = timeout.map { Int(min(max($0 * 1000, 0), 1e9).rounded()) } ?? tool.timeout
    tool.maximumResult = maximumResult ?? tool.maximumResult
    tool.approval = approval ?? tool.approval
    if let headers { tool.headers = try headers.map { try Self.unmasked($0, stored: old.headers) } }
    try tool.check()
    if tool != old { tool.updatedAt = time }
    try refuseTakingSecretsAlong(from: old, to: tool)
  }

  /// Who may change a tool's address must not learn its secrets by sending them to a server of their own.
  private func refuseTakingSecretsAlong(from old: RegisteredTool, to tool: RegisteredTool) throws(APIError) {
    guard old.url != tool.url, !old.isSameServer(as: tool) else { return }
    let sentAgain = (headers ?? []).filter { !$0.isMask }.map { $0.name.lowercased() }
    for header in tool.headers where header.isSecret && !sentAgain.contains(header.name.lowercased()) {
      throw APIError(
        "invalid_tool", "headers.\(header.name) must be sent again: the url leads to another server.",
        hint: "Send the whole value, or headers without it.")
    }
  }

  /// What comes back masked as it was shown stands for the stored secret.
  private static func unmasked(
    _ header: RegisteredTool.Header, stored: [RegisteredTool.Header]
  ) throws(APIError) -> RegisteredTool.Header {
    guard header.isMask else { return header }
    guard let known = stored.first(where: { $0.name.lowercased() == header.name.lowercased() }),
      known.masked.value == header.value
    else {
      throw APIError(
        "invalid_tool", "headers.\(header.name) is masked.",
        hint: "Send the whole text, or leave it as it was shown.")
    }
    return RegisteredTool.Header(name: header.name, value: known.value)
  }

  private static func headers(in body: RequestBody) throws(APIError) -> [RegisteredTool.Header]? {
    guard let object = try body.object("headers") else { return nil }
    let headers = [RegisteredTool.Header](json: .object(object))
    let names = Set(headers.map { $0.name.lowercased() })
    guard headers.count == object.members.count, names.count == headers.count else {
      throw .invalidValue("headers", mustBe: "an object of different names and texts")
    }
    return headers
  }
}
