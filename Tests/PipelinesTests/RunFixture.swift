import Basics
import Fetch
import Glibc
import Model
import Providers
import Storage
import Synchronization
import TestKit
import Tools

@testable import Pipelines

/// A run service on a scratch database, with one agent whose provider is scripted.
final class RunFixture: Sendable {
  let path: String
  let store: Store
  let runs: RunService
  let agent: Identifier<Agent>
  /// Every event that was published, in order.
  let published: Recorder<Event>
  private let fetcher: Fetcher
  private let upstream: ScriptedUpstream

  /// - Parameters:
  ///   - keys: of the environment, for the scripted server as the environment's; empty for an agent that brings its address.
  ///   - limits: of the gate.
  init(
    _ upstream: ScriptedUpstream, provider: String = "openai", config: JSONObject = [:], path: String? = nil,
    keys: [String] = [],
    limits: ProviderGate.Limits = ProviderGate.Limits(), prices: PriceTable = RunFixture.prices,
    tools: ToolTable = .empty
  ) async throws {
    self.upstream = upstream
    if let path {
      self.path = path
    } else {
      var template = Array("/tmp/agenthub-runs-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { throw RunFixtureError.noFolder }
      self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    store = try Store.open(StoreConfiguration(path: self.path + "/hub.db"), log: .silent)
    fetcher = try Fetcher(log: .silent)
    let published = Recorder<Event>()
    self.published = published
    store.publish { events in for event in events { published.record(event.event) } }
    var values: [String: String] = [:]
    if !keys.isEmpty {
      values = ["OPENAI_BASE_URL": upstream.url + "/v1", "OPENAI_API_KEYS": keys.joined(separator: ",")]
    }
    let settings = try ProviderSettings(values)
    let gate = try await ProviderGate.make(settings: settings, limits: limits, store: store, log: .silent)
    runs = RunService(
      store: store, providers: ProviderClient(fetcher: fetcher, settings: settings, gate: gate, log: .silent),
      tools: tools, rollUp: DeltaRollUp.Limits(), prices: prices, log: .silent)
    var config = config
    if keys.isEmpty { config["baseUrl"] = .string(upstream.url + "/v1") }
    let final = config
    agent = try await store.write { store in
      try store.agents.create(
        Agent(
          id: store.newIdentifier(), name: "Scripted", provider: provider, model: "m", config: final,
          createdAt: store.now, updatedAt: store.now)
      ).id
    }
  }

  /// A dollar per million tokens of a question, four of an answer.
  static let prices = PriceTable(
    date: "2026-11-21",
    rows: ["openai", "anthropic"].map { provider in
      PriceTable.Row(provider: provider, models: ["m"], price: Price(input: 1_000_000, output: 4_000_000))
    })

  /// Usage of all days as sums.
  func usage(by dimensions: Set<UsageDimension> = []) async throws -> [UsageSum] {
    var selection = UsageSelection(from: Day(number: 0), to: Day(number: 100_000))
    selection.dimensions = dimensions
    let final = selection
    return try await store.read { try $0.usage.sums(final, limit: 1000) }
  }

  func close(keepingFiles: Bool = false) async {
    await runs.drain()
    store.close()
    fetcher.close()
    guard !keepingFiles else { return }
    for name in ["hub.db", "hub.db-wal", "hub.db-shm", "hub.db.lock", "hub.db-lock"] {
      unlink("\(path)/\(name)")
    }
    rmdir(path)
  }

  func invoke(_ text: String, in conversation: Identifier<Conversation>? = nil) async throws -> Run {
    var invocation = Invocation(agent: agent, text: text)
    invocation.conversation = conversation
    return try await runs.invoke(invocation)
  }

  func messages(of run: Run) async throws -> [Message] {
    try await store.read { try $0.messages.page(of: run.conversation).items }
  }

  /// The text that viewers saw of a run.
  func shown(_ run: Identifier<Run>) -> String {
    published.all.reduce(into: "") { text, event in
      if event.run == run, case .messageDelta(let delta) = event.body, delta.channel == .final {
        text += delta.text
      }
    }
  }

  /// Invokes the agent and waits for the run's end.
  func outcome(_ text: String = "hi") async throws -> Run {
    try await runs.outcome(of: invoke(text).id)
  }

  func attempts(of run: Run) async throws -> [Attempt] {
    try await store.read { try $0.attempts.ofRun(run.id) }
  }

  /// Waits until viewers have seen some text.
  func waitForText(_ text: String, of run: Identifier<Run>) async throws {
    let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
    while !shown(run).contains(text) {
      guard ContinuousClock.now < deadline else { throw RunFixtureError.tookTooLong }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// The types of a run's events, deltas left out.
  func milestones(_ run: Identifier<Run>) -> [EventType] {
    published.all.filter { $0.run == run && $0.type != .messageDelta }.map(\.type)
  }
}

/// The answers of an OpenAI-compatible server, as actions.
enum Answer {
  static func piece(_ text: String) -> ScriptedUpstream.Action {
    .chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\(JSON.string(text).text)}}]}\n\n")
  }

  static let head = ScriptedUpstream.Action.chunkedHead(fields: ["Content-Type: text/event-stream"])

  static let finish: [ScriptedUpstream.Action] = [
    .chunk(
      """
      data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],\
      "usage":{"prompt_tokens":12,"completion_tokens":5}}\n\ndata: [DONE]\n\n
      """),
    .lastChunk,
  ]

  static func whole(_ pieces: String...) -> [ScriptedUpstream.Action] { [head] + pieces.map(piece) + finish }

  static func refusal(
    _ status: Int, _ message: String = "no", fields: [String] = []
  ) -> [ScriptedUpstream.Action] {
    [.response(#"{"error":{"message":"\#(message)"}}"#, status: status, fields: fields)]
  }
}

extension ScriptedUpstream.Request {
  /// The key that came along.
  var key: String { String(self["authorization"]?.dropFirst("Bearer ".count) ?? "") }
}

enum RunFixtureError: Error {
  case noFolder, tookTooLong
}
