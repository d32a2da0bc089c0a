import Basics
import Model
import Realtime
import Storage
import TestKit
import Tools

@testable import API

/// A hub with the delivered pipelines over a scripted server, which stands for every provider.
struct SurfaceSite: Sendable {
  let site: HubUnderTest
  let upstream: ScriptedUpstream

  /// Runs a test with such a hub.
  ///
  /// - Parameters:
  ///   - brain: what the model does for a request of an agent, which its system prompt tells.
  ///   - hasKeys: whether providers have keys.
  ///   - providers: settings of providers beside those, or in their place.
  ///   - tools: stand-ins unless something else is said; none for the hub's own.
  static func run(
    brain: @escaping @Sendable (ModelRequest) -> [ScriptedUpstream.Action], hasKeys: Bool = true,
    configuration: APIConfiguration = APIConfiguration(), hub: HubConfiguration = HubConfiguration(),
    providers: [String: String] = [:], tools: [any Tool] = StubTool.all, log: Log = .silent,
    _ body: @escaping @Sendable (SurfaceSite) async throws -> Void
  ) async throws {
    let upstream = try ScriptedUpstream { brain(ModelRequest($0)) }
    defer { upstream.stop() }
    var values = ["BYTEZ_BASE_URL": upstream.url + "/openai/v1", "OPENAI_BASE_URL": upstream.url + "/v1"]
    if hasKeys { values.merge(["BYTEZ_API_KEY": "bytez-key-0000", "OPENAI_API_KEY": "sk-0000"]) { $1 } }
    // The word UPSTREAM stands for the scripted server's address.
    values.merge(providers.mapValues { $0.replacing("UPSTREAM", with: upstream.url) }) { $1 }
    try await HubUnderTest.run(configuration, hub: hub, providers: values, tools: tools, log: log) { site in
      try await site.store.write { _ = try DeliveredAgents.deliver(in: $0) }
      try await body(SurfaceSite(site: site, upstream: upstream))
    }
  }

  /// Posts a body and reads the whole stream.
  func stream(_ path: String, _ body: JSON) async throws -> SurfaceAnswer {
    SurfaceAnswer(try await site.post(path, body))
  }
}

/// A request as a scripted model sees it.
struct ModelRequest: Sendable {
  let path: String
  /// The key that came along.
  let key: String
  let json: JSON
  /// The agent's prompt.
  let system: String
  /// What the model is asked last.
  let question: String

  init(_ request: ScriptedUpstream.Request) {
    path = request.path
    key = String(request["authorization"]?.dropFirst("Bearer ".count) ?? "")
    json = (try? JSON.parse(request.body)) ?? .null
    let messages = json["messages"]?.array ?? []
    system = messages.first { $0["role"] == "system" }?["content"]?.string ?? ""
    question = messages.last { $0["role"] == "user" }?["content"]?.string ?? ""
  }

  /// The result of the tool that was called last; nil when none was.
  var toolResult: String? { json["messages"]?.array?.last { $0["role"] == "tool" }?["content"]?.string }
}

/// A stream as a client of the replaced systems reads it.
struct SurfaceAnswer: Sendable {
  let status: Int
  let fields: [String: String]
  /// What stands behind `data: `.
  let lines: [String]
  /// Lines that no such client knows.
  let strange: [String]

  init(_ answer: Answer) {
    status = answer.status
    fields = answer.fields
    let all = answer.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines = all.filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst("data: ".count)) }
    strange = all.filter { !$0.isEmpty && !$0.hasPrefix(":") && !$0.hasPrefix("data: ") }
  }

  var events: [JSON] { lines.compactMap { try? JSON.parse($0) } }

  func types(_ member: String = "type") -> [String] { events.compactMap { $0[member]?.string } }

  func event(_ type: String) -> JSON? { events.first { $0["type"]?.string == type } }
}

/// A tool that answers what a test knows.
struct StubTool: Tool {
  let definition: ToolDefinition
  let answer: JSON

  init(_ name: String, _ answer: JSON) {
    definition = ToolDefinition(name: name, description: name, parameters: ["type": "object"])
    self.answer = answer
  }

  func call(_ arguments: JSONObject, in context: ToolContext) async throws -> ToolAnswer {
    if arguments["sql"]?.string?.hasPrefix("DROP") == true {
      throw APIError("query_denied", "Dangerous keyword 'DROP' not allowed")
    }
    var object = answer.object ?? [:]
    // Shows that what the caller gave has come here.
    object["company"] = context.parameters["company_id"]
    return .json(.object(object))
  }

  /// Stand-ins for the tools that the delivered agents have.
  static let all: [any Tool] = [
    StubTool("read_data_dna", ["row_count": 23]), StubTool("read_context", ["insights": []]),
    StubTool("write_context", ["success": true]), StubTool("write_code", ["success": true]),
    StubTool("run_written_sql", ["sql": .null]),
    StubTool(
      "run_sql",
      [
        "columns": ["mean"], "rows": [["mean": 11.5]], "row_count": 1, "truncated": false,
        "summary": "Query returned 1 rows, 1 columns",
      ]),
    StubTool("run_python", ["metrics": ["mean": 11.5], "outliers": [99], "insights": ["One is far off"]]),
    StubTool("retrieve", ["text": "Starter costs $29 a month."]),
    StubTool("query_field_service", ["columns": ["n"], "rows": [["n": 10]], "row_count": 1]),
    StubTool("describe_field_service", ["tables": []]), StubTool("recall_results", [:]),
  ]
}

extension Script {
  /// A model that calls a tool.
  static func calls(_ tool: String, _ arguments: JSON) -> [ScriptedUpstream.Action] {
    let function: JSON = ["name": .string(tool), "arguments": .string(arguments.text)]
    let delta: JSON = [
      "choices": [
        [
          "index": 0,
          "delta": [
            "tool_calls": [["index": 0, "id": "call-1", "type": "function", "function": function]]
          ],
        ]
      ]
    ]
    return [
      head, .chunk("data: \(delta.text)\n\n"),
      .chunk(
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"
      ),
      .lastChunk,
    ]
  }

  /// A model that has called a tool once answers, and calls it before.
  static func once(
    _ tool: String, _ arguments: JSON, for request: ModelRequest, then text: String
  ) -> [ScriptedUpstream.Action] {
    request.toolResult == nil ? calls(tool, arguments) : whole(text)
  }
}
