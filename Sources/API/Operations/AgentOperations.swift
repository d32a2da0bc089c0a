import Basics
import Model
import Providers

extension Schema {
  /// What `Agent.json` gives.
  static let agent = agentContent.adding([
    "config": anyObject.orNull.about("Secrets are masked.").example(["temperature": 0.7]),
    "version": count.example(1).about("Counts up with every change."),
  ]).named("Agent")

  /// What `Agent.rowJSON` gives.
  static let agentRow = agentContent.adding([
    "config": text.orNull.about("JSON in a string, as the pages of Agent Nexus know it.").example(
      "{\"temperature\":0.7}")
  ]).named("AgentRow")

  /// What `Agent.nexusJSON` gives.
  static let agentLine =
    ([
      "id": text.example("demo"), "identityName": text.example("Demo"), "identityEmoji": text.example("🤖"),
      "workspace": text.example("default"), "model": text.example("demo"), "provider": text.example("demo"),
      "description": text.orNull, "status": words(Agent.Status.self),
    ] as Schema).named("AgentLine")

  private static let agentContent: Schema = [
    "id": text.example("demo"), "name": text.example("Demo"), "description": text.orNull,
    "provider": text.example("demo"), "model": text.example("demo"), "emoji": text.example("🤖"),
    "workspace": text.example("default"), "status": words(Agent.Status.self), "config": any,
    "createdAt": moment, "updatedAt": moment,
  ]

  /// What `AgentChange` reads of a new agent.
  static let newAgent = agentChange.adding(["name": name, "provider": provider, "model?": name]).named(
    "NewAgent")

  /// What it reads of a change.
  static let agentChange: Schema = [
    "name?": name, "description?": text(0...4000).orNull, "provider?": provider, "model?": name,
    "emoji?": text(0...AgentChange.nameLimit).orNull, "workspace?": text(0...AgentChange.nameLimit).orNull,
    "status?": words(Agent.Status.self).orNull, "config?": either(config, text, null),
  ]

  private static let name = text(1...AgentChange.nameLimit).keyword("pattern", "\\S").example("Tea expert")
  /// The names of providers; what the hub calls by aliases is one of them.
  static let provider = words(ProviderTable.rows.flatMap { [$0.name] + $0.aliases })

  /// The members of a config that are asked for most; others are kept with the agent.
  private static let config =
    ([
      "systemPrompt?": text.orNull, "temperature?": number(0...2).orNull,
      "maxTokens?": integer.keyword("minimum", 1).orNull, "topP?": number.orNull, "seed?": integer.orNull,
      "baseUrl?": text.orNull.about("Where the provider's API begins."),
      "apiKey?": text.orNull.about("Masked wherever it is shown."),
      "tools?": array(of: any).about("Names of tools, or objects with `name` and `approval`."),
      "fallbacks?": array(of: anyObject), "timeouts?": anyObject, "cache?": anyObject,
      "pipeline?": anyObject.about("The steps of a pipeline: `{\"steps\":[{\"id\",\"type\",…}]}`."),
    ] as Schema).open.named("AgentConfig")
}

extension Operation {
  private static let refusals = ["invalid_config", "invalid_pipeline", "provider_unknown"]
  private static let oneAgent = ["agent_not_found", "agent_built_in"]
  private static let example: JSON = [
    "name": "Tea expert", "provider": "demo", "model": "demo", "config": ["temperature": 0.7],
  ]

  static let listAgents = Operation(
    "listAgents", .agents,
    "Without `status=all`, a bare array in the words of Agent Nexus' pages; with it, pages of whole agents. Other parameters pass: pages add one against caches.",
    Parameter.paging + [
      Parameter("status", .words(AgentRoutes.Selection.self).example("all"), "Which, and in which form."),
      Parameter("workspace", Schema.text.example("default"), "Those of one workspace; active ones only."),
    ],
    allowsOtherQuery: true, gives: .ok(.either(.array(of: .agentLine), .page(of: .agent))))
  static let createAgent = Operation(
    "createAgent", .agents, "`model` may be left out for a pipeline only.", [.idempotencyKey],
    body: .json(.newAgent, example: example), gives: .created(.agentRow), fails: refusals)
  static let getAgent = Operation(
    "getAgent", .agents, "", [.ifNoneMatch], gives: Success.ok(.agent).tagged, .unchanged,
    fails: ["agent_not_found"])
  static let changeAgent = Operation(
    "changeAgent", .agents, "What is not mentioned stays as it is. Every change is a new version.",
    [.ifMatch],
    body: .json(Schema.agentChange.named("AgentChange"), example: ["description": "Knows tea."]),
    gives: Success.ok(.agent).tagged, fails: refusals + oneAgent)
  static let deleteAgent = Operation(
    "deleteAgent", .agents, "", [.ifMatch], gives: .noContent, fails: oneAgent)
  static let pauseAgent = Operation(
    "pauseAgent", .agents, "", [.ifMatch], gives: Success.ok(.agent).tagged, fails: oneAgent)
  static let resumeAgent = Operation(
    "resumeAgent", .agents, "", [.ifMatch], gives: Success.ok(.agent).tagged, fails: oneAgent)

  static let listAgentVersions = Operation(
    "listAgentVersions", .agents, "Those of a deleted agent, too: what a run used stays readable.",
    Parameter.paging, gives: .page(.agent), fails: ["agent_not_found"])
  static let getAgentVersion = Operation(
    "getAgentVersion", .agents, gives: .ok(.agent), fails: ["agent_not_found", "version_not_found"])
  static let restoreAgent = Operation(
    "restoreAgent", .agents, "The status stays: a paused agent does not start to work by this.", [.ifMatch],
    body: .json(["version": .count.example(1)]), gives: Success.ok(.agent).tagged,
    fails: oneAgent + ["version_not_found"])
}
