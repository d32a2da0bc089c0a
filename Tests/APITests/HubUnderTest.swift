import Basics
import Datasets
import EventEngine
import Fetch
import Glibc
import HTTPTools
import Knowledge
import Model
import Pipelines
import Providers
import PythonTools
import Realtime
import Sandbox
import Storage
import TestKit
import Tools
import WebServer

@testable import API

/// A whole hub in this process: a scratch database, two loops, a port of its own.
final class HubUnderTest: Sendable {
  let folder: String
  let store: Store
  let runs: RunService
  let hub: Hub
  let knowledge: KnowledgeService
  let workspace: DatasetWorkspace
  let readiness = Readiness()
  let port: UInt16
  private let context: APIContext
  private let fetcher: Fetcher
  private let python: PythonSandbox
  private let loops: [EventLoop]
  private let server: HTTPServer

  init(
    _ configuration: APIConfiguration = APIConfiguration(),
    hub hubConfiguration: HubConfiguration = HubConfiguration(),
    server serverConfiguration: ServerConfiguration = ServerConfiguration(),
    providers values: [String: String] = [:], tools: [any Tool] = [],
    datasets limits: DatasetLimits = DatasetLimits(), log: Log = .silent
  ) async throws {
    folder = try Self.makeFolder()
    store = try Store.open(StoreConfiguration(path: folder + "/hub.db"), log: log)
    try await store.write { _ = try Seeder.seed($0) }
    fetcher = try Fetcher(log: log)
    python = try PythonSandbox(
      configuration: SandboxConfiguration(
        worker: Assets.sandboxWorker, folder: folder + "/python", readyWorkers: 0,
        startTime: TimeLimit.patience(.seconds(20))), log: log)
    let datasets = try DatasetService(folder: folder + "/datasets", store: store, limits: limits, log: log)
    try await datasets.recover()
    workspace = DatasetWorkspace(datasets, python: PythonRunner(python), log: log)
    var rollUp = DeltaRollUp.Limits()
    rollUp.window = 1_000_000
    let settings = try ProviderSettings(values)
    let gate = try await ProviderGate.make(settings: settings, store: store, log: log)
    runs = RunService(
      store: store, providers: ProviderClient(fetcher: fetcher, settings: settings, gate: gate, log: log),
      tools: Self.tools(tools.isEmpty ? workspace.tools : tools, fetcher), rollUp: rollUp,
      prices: Self.prices, log: log)
    loops = try (0..<2).map { index throws(EngineError) in try EventLoop(index: index, log: log) }
    for loop in loops { try loop.start() }
    hub = Hub(
      store: store, runs: runs, loops: loops, dialects: [NexusDialect()], configuration: hubConfiguration,
      log: log)
    try await hub.start()
    try await runs.resumeQueued()
    knowledge = KnowledgeService(store: store, models: EmbeddingModelTable(), log: log)
    try await knowledge.start()
    context = APIContext(
      store: store, runs: runs, hub: hub, knowledge: knowledge, workspace: workspace,
      configuration: configuration, readiness: readiness, log: log)
    server = HTTPServer(
      loops: loops, router: Router(RouteTable.routes(for: context)), configuration: serverConfiguration,
      hooks: .api(configuration))
    let listener = try Listener(host: "127.0.0.1", port: 0)
    port = listener.port
    server.serve(listener)
  }

  /// Answers that are being streamed.
  var liveStreams: Int { server.counts.streams }

  /// Opens one more listener and returns its port.
  func listen(as profile: ListenerProfile) throws -> UInt16 {
    let listener = try Listener(host: "127.0.0.1", port: 0)
    var context = context
    context.listener = ListenerFace(profile, port: listener.port)
    let hooks = ServerHooks.api(context.configuration).showing(profile)
    server.serve(listener, showing: ServerFace(Router(RouteTable.routes(for: context)), hooks: hooks))
    return listener.port
  }

  /// Tools of the test's own, and registered ones on this machine.
  private static func tools(_ builtIn: [any Tool], _ fetcher: Fetcher) -> ToolTable {
    let client = HTTPToolClient(fetcher: fetcher, allowsPrivateAddresses: true)
    return ToolTable(builtIn: builtIn) { client.tool($0) }
  }

  /// A dollar per million tokens of a question, four of an answer.
  private static let prices = PriceTable(
    date: "2026-11-21",
    rows: [
      PriceTable.Row(
        provider: "openai", models: ["m", "gpt-4o-mini"], price: Price(input: 1_000_000, output: 4_000_000))
    ])

  /// Stops in the order in which a hub leaves: no new work, clients told, ends stored.
  func close() async {
    readiness.beginDraining()
    await knowledge.stop()
    await runs.drain()
    await hub.drain(within: .zero)
    await withCheckedContinuation { done in server.stop(within: .seconds(2)) { done.resume() } }
    for loop in loops { loop.stop() }
    for loop in loops { loop.join() }
    fetcher.close()
    python.stop()
    workspace.datasets.close()
    store.close()
    for name in datasetFiles { unlink("\(folder)/datasets/\(name)") }
    for name in ["datasets", "python"] { rmdir("\(folder)/\(name)") }
    for name in ["hub.db", "hub.db-wal", "hub.db-shm", "hub.db.lock", "hub.db-lock"] {
      unlink("\(folder)/\(name)")
    }
    rmdir(folder)
  }

  /// The files of its data sets, whole or not.
  var datasetFiles: [String] { ScratchFolder.names(in: "\(folder)/datasets") }

  private static func makeFolder() throws -> String {
    var template = Array("/tmp/agenthub-api-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure("no scratch folder") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Runs a test with a hub that is closed whatever happens.
  static func run(
    _ configuration: APIConfiguration = APIConfiguration(), hub: HubConfiguration = HubConfiguration(),
    server: ServerConfiguration = ServerConfiguration(), providers: [String: String] = [:],
    tools: [any Tool] = [], datasets: DatasetLimits = DatasetLimits(), log: Log = .silent,
    _ body: (HubUnderTest) async throws -> Void
  ) async throws {
    let site = try await HubUnderTest(
      configuration, hub: hub, server: server, providers: providers, tools: tools, datasets: datasets,
      log: log)
    do {
      try await body(site)
    } catch {
      await site.close()
      throw error
    }
    await site.close()
  }

  /// Makes an agent whose answers come from the hub itself, without pauses.
  func makeDemoAgent(_ name: String = "Quick") async throws -> String {
    try await makeAgent(name, provider: "demo", config: ["paceMilliseconds": 0])
  }

  /// Makes an agent that asks a scripted server.
  func makeAgent(_ name: String = "Scripted", asking upstream: ScriptedUpstream) async throws -> String {
    try await makeAgent(name, provider: "openai", config: ["baseUrl": .string(upstream.url + "/v1")])
  }

  func makeAgent(_ name: String, provider: String, config: JSONObject) async throws -> String {
    try await store.write { store in
      try store.agents.create(
        Agent(
          id: store.newIdentifier(), name: name, provider: provider, model: "m", config: config,
          createdAt: store.now,
          updatedAt: store.now)
      ).id.text
    }
  }
}

/// Why a test cannot go on.
struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Waits until something holds, asking every 2 ms.
func eventually(
  _ what: String, seconds: Double = 10, _ holds: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + TimeLimit.patience(.seconds(seconds))
  while try await !holds() {
    guard ContinuousClock.now < end else { throw TestFailure("did not happen: \(what)") }
    try await Task.sleep(for: .milliseconds(2))
  }
}

/// The answers of an OpenAI-compatible server, as a script.
enum Script {
  static func piece(_ text: String) -> ScriptedUpstream.Action {
    .chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\(JSON.string(text).text)}}]}\n\n")
  }

  static let head = ScriptedUpstream.Action.chunkedHead()

  static let finish: [ScriptedUpstream.Action] = [
    .chunk(
      "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
        + "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n"),
    .lastChunk,
  ]

  static func whole(_ pieces: String...) -> [ScriptedUpstream.Action] { [head] + pieces.map(piece) + finish }

  /// A beginning that waits behind a gate for its end.
  static func gated(_ first: String, _ gate: Gate, _ rest: String) -> [ScriptedUpstream.Action] {
    [head, piece(first), .waitFor(gate), piece(rest)] + finish
  }
}
