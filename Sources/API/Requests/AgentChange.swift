import Basics
import Model
import Pipelines
import Providers
import Storage
import Tools

/// What a body says about an agent: all of it for a new one, any part of it for a change.
struct AgentChange: Sendable {
  static let nameLimit = 200

  private var name: String?
  private var provider: String?
  private var model: String?
  /// Outer nil: not mentioned; inner nil: none.
  private var description: String??
  private var emoji: String?
  private var workspace: String?
  private var status: Agent.Status?
  private var config: JSONObject??

  /// Reads a body.
  ///
  /// - Parameter isWhole: whether the agent is new, so that name, provider and model are required.
  init(_ bytes: [UInt8], isWhole: Bool) throws(APIError) {
    let body = try RequestBody(bytes, for: .createAgent)
    let isPipeline = body.value("provider")?.string.map(Self.isPipeline) ?? false
    if isWhole {
      // A pipeline asks no model of its own.
      isPipeline ? try body.require("name", "provider") : try body.require("name", "provider", "model")
    }
    name = try Self.nonEmpty("name", in: body)
    provider = try Self.nonEmpty("provider", in: body).map(Self.providerName)
    model = try Self.nonEmpty("model", in: body) ?? (isWhole && isPipeline ? PipelinePlan.provider : nil)
    if body.has("description") { description = .some(try body.text("description", atMost: 4000)) }
    emoji = try Self.text("emoji", in: body, orDefault: Agent.defaultEmoji)
    workspace = try Self.text("workspace", in: body, orDefault: Agent.defaultWorkspace)
    status = try body.choice("status", of: Agent.Status.self)
    if body.has("config") { config = .some(try body.object("config")) }
    try body.refuseUnknown()
  }

  /// Changes what was mentioned.
  ///
  /// - Throws: `invalid_config`.
  func apply(to agent: inout Agent) throws {
    agent.name = name ?? agent.name
    agent.provider = provider ?? agent.provider
    agent.model = model ?? agent.model
    if let description { agent.description = description }
    agent.emoji = emoji ?? agent.emoji
    agent.workspace = workspace ?? agent.workspace
    agent.status = status ?? agent.status
    if let config {
      agent.config = try config.map { config in try SecretFields.unmasked(config, stored: agent.config) }
      try agent.config.map(ConfigCheck.check)
    }
  }

  /// Refuses tools that do not exist, if the config is mentioned: an agent of before still answers to other changes.
  ///
  /// - Throws: `invalid_config`.
  func checkTools(of agent: Agent, _ tools: ToolTable, in store: WriteTransaction) throws {
    guard config != nil, let grants = try? AgentConfiguration(agent.config).tools else { return }
    for (index, grant) in grants.enumerated() where tools.builtIn(named: grant.name) == nil {
      guard try store.tools.get(grant.name) == nil else { continue }
      let known = try tools.builtIn.map(\.name) + store.tools.list().map(\.name)
      throw APIError(
        "invalid_config", "config.tools[\(index)] is not known: \(grant.name).",
        hint: known.isEmpty
          ? "There is no tool yet; POST /api/tools registers one."
          : APIError.suggestion(for: grant.name, known: known))
    }
  }

  /// Refuses a pipeline that cannot be run, if what it is made of is mentioned.
  ///
  /// - Throws: `invalid_pipeline`.
  func checkPlan(of agent: Agent, _ tools: ToolTable, in store: WriteTransaction) throws {
    guard agent.provider == PipelinePlan.provider, config != nil || provider != nil else { return }
    try PipelinePlan(agent.config?["pipeline"] ?? .null).checkNames(tools, in: store)
  }

  private static func isPipeline(_ provider: String) -> Bool {
    ProviderTable.row(named: provider)?.name == PipelinePlan.provider
  }

  /// The provider's own name for what may be an alias of it.
  private static func providerName(_ name: String) throws(APIError) -> String {
    guard let row = ProviderTable.row(named: name) else {
      throw APIError(
        "provider_unknown", "Unknown provider: \(name)",
        hint: "Providers: \(ProviderTable.rows.map(\.name).joined(separator: ", ")).")
    }
    return row.name
  }

  /// A text that an agent cannot be without.
  private static func nonEmpty(_ name: String, in body: RequestBody) throws(APIError) -> String? {
    guard body.has(name) else { return nil }
    guard let text = try body.text(name, atMost: nameLimit), text.isVisible else {
      throw .invalidValue(name, mustBe: "a string with a visible character")
    }
    return text
  }

  /// A text whose absence is its default.
  private static func text(
    _ name: String, in body: RequestBody, orDefault standard: String
  ) throws(APIError) -> String? {
    guard body.has(name) else { return nil }
    let text = try body.text(name, atMost: nameLimit) ?? ""
    return text.isEmpty ? standard : text
  }
}
