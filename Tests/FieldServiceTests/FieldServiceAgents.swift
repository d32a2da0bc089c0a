import Basics
import Fetch
import Knowledge
import Model
import Pipelines
import Providers
import Storage
import TestKit
import Tools

@testable import FieldService

/// A hub's runs with the field service pipeline, whose models are played by a script.
final class FieldServiceAgents: Sendable {
  let companies: ScratchCompanies
  let upstream: ScriptedUpstream
  let runs: RunService
  private let knowledge: KnowledgeService
  private let fetcher: Fetcher
  private let pipeline: Identifier<Agent>

  /// Recalls what was found before, chooses a way, and answers.
  private static let steps: JSON = [
    ["id": "recall", "type": "tool", "tool": "recall_results", "arguments": [:]],
    [
      "id": "classify", "type": "classify", "agent": "classifier", "input": "{{input}}",
      "labels": ["sql", "rag"], "otherwise": "rag",
    ],
    [
      "id": "way", "type": "branch", "on": "{{steps.classify.label}}",
      "cases": [
        "sql": [
          [
            "id": "sql_agent", "type": "agent", "agent": "sql_agent",
            "input": "{{steps.recall.text}}\n\nQuestion: {{input}}", "history": true,
          ]
        ],
        "rag": [
          [
            "id": "search", "type": "tool", "tool": "retrieve",
            "arguments": ["question": "{{input}}", "collection": "all", "limit": 5],
          ],
          [
            "id": "rag_agent", "type": "agent", "agent": "rag_agent",
            "input": "{{steps.search.text}}\n\nQuestion: {{input}}",
          ],
        ],
      ],
    ],
  ]

  init(_ script: @escaping @Sendable (ScriptedUpstream.Request) -> [ScriptedUpstream.Action]) async throws {
    companies = try ScratchCompanies()
    upstream = try ScriptedUpstream(script)
    fetcher = try Fetcher(log: .silent)
    let store = companies.store
    knowledge = KnowledgeService(
      store: store, models: EmbeddingModelTable { _, _ in [] }, log: .silent)
    try await knowledge.start()
    _ = try await knowledge.index(.fieldService, force: false)
    let settings = try ProviderSettings([:])
    let gate = try await ProviderGate.make(
      settings: settings, limits: ProviderGate.Limits(), store: store, log: .silent)
    let tools = FieldServiceTools.all(of: companies.workbooks, store: store, log: .silent)
    runs = RunService(
      store: store, providers: ProviderClient(fetcher: fetcher, settings: settings, gate: gate, log: .silent),
      tools: ToolTable(builtIn: tools + [RetrieveTool(knowledge)]), rollUp: DeltaRollUp.Limits(),
      log: .silent)
    let address = JSON.string(upstream.url + "/v1")
    pipeline = try await store.write { store in
      func make(_ name: String, _ provider: String, _ config: JSONObject) throws -> Identifier<Agent> {
        try store.agents.create(
          Agent(
            id: store.newIdentifier(), name: name, provider: provider, model: name, config: config,
            createdAt: store.now, updatedAt: store.now)
        ).id
      }
      for name in ["classifier", "rag_agent"] { _ = try make(name, "openai", ["baseUrl": address]) }
      _ = try make(
        "sql_agent", "openai",
        ["baseUrl": address, "tools": ["query_field_service"], "maxToolRounds": 3, "maxHistory": 20])
      return try make("Field service", "pipeline", ["pipeline": ["steps": Self.steps]])
    }
  }

  func close() async {
    await runs.drain()
    await knowledge.stop()
    fetcher.close()
  }

  /// Asks for a company and waits for the answer.
  func ask(
    _ text: String, company: String = "co-2", in conversation: Identifier<Conversation>? = nil
  ) async throws -> (text: String, run: Run) {
    var invocation = Invocation(agent: pipeline, text: text)
    invocation.conversation = conversation
    invocation.parameters = ["company_id": .string(company), "user_id": "u-5"]
    let run = try await runs.outcome(of: runs.invoke(invocation).id)
    let answer = try await companies.store.read { try $0.messages.get(run.output)?.text } ?? ""
    return (answer, run)
  }
}

/// The words of a model, as a server of OpenAI's dialect sends them.
enum ModelScript {
  static func says(_ text: String) -> [ScriptedUpstream.Action] {
    answer("{\"content\":\(JSON.string(text).text)}", finish: "stop")
  }

  static func asks(_ sql: String) -> [ScriptedUpstream.Action] {
    let arguments = JSON.string(JSON.object(["sql": .string(sql)]).text).text
    let call =
      "{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"query_field_service\",\"arguments\":\(arguments)}}"
    return answer("{\"tool_calls\":[\(call)]}", finish: "tool_calls")
  }

  private static func answer(_ delta: String, finish: String) -> [ScriptedUpstream.Action] {
    [
      .chunkedHead(fields: ["Content-Type: text/event-stream"]),
      .chunk("data: {\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\"\(finish)\"}]}\n\n"),
      .chunk("data: [DONE]\n\n"), .lastChunk,
    ]
  }
}

extension ScriptedUpstream.Request {
  private var json: JSON { (try? JSON.parse(body)) ?? .null }

  var model: String { json["model"]?.string ?? "" }

  /// The last message: its role and its text.
  var last: (role: String, text: String) {
    let message = json["messages"]?.array?.last
    return (message?["role"]?.string ?? "", message?["content"]?.string ?? "")
  }

  /// How many messages came along.
  var messageCount: Int { json["messages"]?.array?.count ?? 0 }
}
