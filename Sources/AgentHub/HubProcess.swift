import API
import Basics
import Datasets
import EventEngine
import Fetch
import FieldService
import Glibc
import HTTPTools
import Knowledge
import Pipelines
import Providers
import PythonTools
import Realtime
import Sandbox
import Storage
import Synchronization
import Tools
import WebServer

/// One running hub: the only place that knows every concrete type. It starts the rooms bottom up and stops them in reverse.
///
/// The main thread becomes loop 0, so that signals, which only it leaves unblocked, reach the loop's signal descriptor.
final class HubProcess: Sendable {
  /// What remains for the last bytes when the deadline of a stop is over, or was zero.
  private static let lastMoment: Duration = .milliseconds(100)

  private let settings: Settings
  private let log: Log
  private let terminal: Terminal
  private let signals: SignalSource
  private let listener: Listener
  /// More listeners, with what they show.
  private let profiled: [ProfiledListener]
  private let tls: TLSContext?
  private let loops: [EventLoop]
  private let store: Store
  private let fetcher: Fetcher
  private let python: PythonSandbox
  private let runs: RunService
  private let hub: Hub
  private let knowledge: KnowledgeService
  private let datasets: DatasetService
  private let companies: WorkbookService
  private let server: HTTPServer
  private let readiness = Readiness()
  private let isStopping = Atomic(false)
  private let failure = Mutex<(any Error)?>(nil)

  /// Takes the port, opens the database and builds all rooms; nothing is served yet.
  init(_ settings: Settings, log: Log, terminal: Terminal) throws {
    self.settings = settings
    self.log = log
    self.terminal = terminal
    ProcessSetup.surviveFailedWrites()
    ProcessSetup.keepFreedMemory()
    _ = ProcessSetup.raiseDescriptorLimit()
    let prices = try PriceFile.table(settings)
    // Before any thread, since threads inherit the mask.
    signals = try SignalSource([SIGTERM, SIGINT, SIGHUP])
    listener = try Listener(host: settings.host, port: UInt16(settings.port))
    let extra = try settings.listen.map { try ProfiledListener($0, standardHost: settings.host) }
    tls = try settings.tlsContext()
    store = try Store.open(StoreConfiguration(path: settings.database), log: log)
    fetcher = try Fetcher(configuration: settings.fetchConfiguration, log: log)
    python = try PythonSandbox(configuration: settings.sandboxConfiguration, log: log)
    let providers = try Self.providers(settings, fetcher, store, log)
    let embedder = LateEmbedder()
    knowledge = KnowledgeService(
      store: store, models: embedder.models, configuration: settings.knowledgeConfiguration, log: log)
    datasets = try DatasetService(
      folder: settings.datasetsFolder, store: store, limits: settings.datasetLimits, log: log)
    let workspace = DatasetWorkspace(datasets, python: PythonRunner(python), log: log)
    companies = try WorkbookService(folder: settings.companiesFolder)
    let fieldService = FieldServiceTools.all(of: companies, store: store, log: log)
    runs = RunService(
      store: store, providers: providers,
      tools: Self.tools(settings, fetcher, [RetrieveTool(knowledge)] + workspace.tools + fieldService),
      rollUp: settings.rollUpLimits,
      prices: prices, cacheLimit: Int64(settings.maxCacheBytes), log: log)
    embedder.set(runs.embedder)
    loops = try (0..<settings.loopCount).map { try EventLoop(index: $0, log: log) }
    hub = Hub(
      store: store, runs: runs, loops: loops, dialects: [NexusDialect()],
      configuration: settings.hubConfiguration,
      log: log)
    let api = settings.apiConfiguration
    var context = APIContext(
      store: store, runs: runs, hub: hub, knowledge: knowledge, workspace: workspace, configuration: api,
      readiness: readiness, log: log)
    let hooks = ServerHooks.api(api)
    context.listener = ListenerFace(ProfileTable.hub, port: listener.port)
    server = HTTPServer(
      loops: loops, router: Router(RouteTable.routes(for: context)),
      configuration: settings.serverConfiguration,
      hooks: hooks)
    profiled = extra.map { $0.shown(context, hooks) }
  }

  /// What agents may call: the hub's own tools, and those that operators register.
  private static func tools(
    _ settings: Settings, _ fetcher: Fetcher, _ builtIn: [any Tool]
  ) -> ToolTable {
    let client = HTTPToolClient(fetcher: fetcher, allowsPrivateAddresses: settings.allowsPrivateTools)
    return ToolTable(builtIn: builtIn) { client.tool($0) }
  }

  /// The client of providers, whose gate knows what earlier processes learned of keys.
  static func providers(
    _ settings: Settings, _ fetcher: Fetcher, _ store: Store, _ log: Log
  ) throws -> ProviderClient {
    let values = try ProviderSettings(settings.providerValues)
    let limits = settings.gateLimits
    let gate = try Blocking.wait {
      try await ProviderGate.make(settings: values, limits: limits, store: store, log: log)
    }
    return ProviderClient(
      fetcher: fetcher, settings: values, gate: gate, allowsPrivateAddresses: settings.allowsPrivateProviders,
      log: log)
  }

  /// Serves until a signal ends it; returns when everything is stored and closed.
  func run() throws {
    for loop in loops.dropFirst() { try loop.start() }
    let starting = Task.detached { [self] in
      do {
        try await start()
      } catch {
        failure.withLock { $0 = error }
        guard beginStop() else { return }
        Task.detached { [self] in await stop() }
      }
    }
    signals.watch(on: loops[0]) { [self] _, signal in
      if signal == SIGHUP { reload() } else { stop(because: signal, starting) }
    }
    loops[0].run()
    for loop in loops.dropFirst() { loop.join() }
    python.stop()
    datasets.close()
    companies.close()
    store.close()
    fetcher.close()
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func start() async throws {
    try await hub.start()
    let seeded = try await store.write { try Seeder.seed($0) }
    let models = settings.insightxModel.map { ["insightx": $0] } ?? [:]
    try await store.write { [settings] in
      _ = try DeliveredAgents.deliver(in: $0, models: models, maker: settings.surfacesModel)
    }
    if seeded > 0 { log.write(.info, "Stored the delivered agents", ["count": "\(seeded)"]) }
    let expiry = KeyExpiry(store: store, log: log)
    try await expiry.run()
    expiry.repeats(on: loops[0])
    try await datasets.recover()
    let forgetting = ConversationExpiry(
      store: store, log: log, rules: settings.expiryRules, interval: settings.forgetEvery)
    try await forgetting.run()
    forgetting.repeats(on: loops[0])
    guard !isStopping.load(ordering: .acquiring) else { return }  // what is queued stays so
    try await runs.resumeQueued()
    try await knowledge.start()
    server.serve(listener, tls: tls)
    for extra in profiled { server.serve(extra.listener, tls: tls, showing: extra.face) }
    guard !isStopping.load(ordering: .acquiring) else { return }
    Task.detached { [store, log] in await SearchFilling(store: store, log: log).run() }
    LogCompaction(
      store: store, log: log, age: settings.compactAfter, floor: { [hub] in await hub.oldestFrame() }
    )
    .repeats(on: loops[0])
    terminal.write(
      StartMessage.text(settings, port: listener.port, more: profiled.map { ($0.address, $0.listener.port) }))
  }

  /// The first signal drains; the second one, of an impatient operator, ends the process at once.
  private func stop(because signal: Int32, _ starting: Task<Void, Never>) {
    guard beginStop() else { _exit(1) }
    log.write(
      .info, "Stopping",
      ["signal": signal == SIGTERM ? "SIGTERM" : "SIGINT", "clients": "\(server.counts.webSockets)"])
    Task.detached { [self] in
      await starting.value  // what a start still uses must not be closed under it
      await stop()
    }
  }

  /// Tells the world that this process leaves; false when that was said before.
  private func beginStop() -> Bool {
    guard !isStopping.exchange(true, ordering: .acquiringAndReleasing) else { return false }
    // Before anybody is told: a run that is taken now would only be interrupted.
    runs.refuseNew()
    readiness.beginDraining()
    server.stopAccepting()
    return true
  }

  /// Runs end first, so that watchers still see their last events; then the sockets are told in batches, then the server closes. What takes
  /// longer than the deadline is cut.
  private func stop() async {
    let clock = ContinuousClock()
    let deadline = clock.now + settings.drain
    await Patience.wait(until: deadline + Self.lastMoment) { [runs, knowledge] in
      async let indexing: Void = knowledge.stop()
      await runs.drain()
      await indexing
    }
    // The other half is for goodbyes to be answered.
    await hub.drain(within: max(.zero, (deadline - clock.now) / 2))
    await withCheckedContinuation { done in
      server.stop(within: max(Self.lastMoment, deadline - clock.now)) { done.resume() }
    }
    for loop in loops { loop.stop() }
  }

  /// Takes the certificate that is on the disk now. A bad one changes nothing.
  private func reload() {
    guard let tls else { return log.write(.info, "Nothing to reload: there is no TLS", ["signal": "SIGHUP"]) }
    do {
      try tls.reload()
      log.write(.info, "Reloaded the certificate", ["until": tls.validUntil ?? "unknown"])
    } catch {
      log.write(.error, "Kept the certificate: the new one cannot be used", ["error": "\(error)"])
    }
  }
}
