import API
import Basics
import EventEngine
import Fetch
import Glibc
import Pipelines
import Providers
import Realtime
import Storage
import Synchronization
import WebServer

/// One running hub: the only place that knows every concrete type. It starts the rooms bottom up and stops them in reverse.
///
/// The main thread becomes loop 0, so that signals, which only it leaves unblocked, reach the loop's signal descriptor.
final class HubProcess: Sendable {
  /// How long a stop may take before what is still open is cut.
  private static let drainDeadline: Duration = .seconds(10)

  private let settings: Settings
  private let log: Log
  private let terminal: Terminal
  private let signals: SignalSource
  private let listener: Listener
  private let tls: TLSContext?
  private let loops: [EventLoop]
  private let store: Store
  private let fetcher: Fetcher
  private let runs: RunService
  private let hub: Hub
  private let server: HTTPServer
  private let readiness = Readiness()
  private let isStopping = Atomic(false)
  private let failure = Mutex<(any Error)?>(nil)

  /// Takes the port, opens the database and builds all rooms; nothing is served yet.
  init(_ settings: Settings, log: Log, terminal: Terminal) throws {
    self.settings = settings
    self.log = log
    self.terminal = terminal
    ProcessSetup.ignoreBrokenPipes()
    ProcessSetup.keepFreedMemory()
    _ = ProcessSetup.raiseDescriptorLimit()
    signals = try SignalSource([SIGTERM, SIGINT])  // before any thread, since threads inherit the mask
    listener = try Listener(host: settings.host, port: UInt16(settings.port))
    tls = try settings.tlsContext()
    store = try Store.open(StoreConfiguration(path: settings.database), log: log)
    fetcher = try Fetcher(log: log)
    let providers = ProviderClient(
      fetcher: fetcher, settings: try ProviderSettings(settings.providerValues), log: log)
    runs = RunService(store: store, providers: providers, rollUp: settings.rollUpLimits, log: log)
    loops = try (0..<settings.loopCount).map { try EventLoop(index: $0, log: log) }
    hub = Hub(
      store: store, runs: runs, loops: loops, dialects: [NexusDialect()],
      configuration: settings.hubConfiguration,
      log: log)
    let api = settings.apiConfiguration
    let context = APIContext(
      store: store, runs: runs, hub: hub, configuration: api, readiness: readiness, log: log)
    server = HTTPServer(
      loops: loops, router: Router(RouteTable.routes(for: context)),
      configuration: settings.serverConfiguration,
      hooks: .api(api))
  }

  /// Serves until a signal ends it; returns when everything is stored and closed.
  func run() throws {
    for loop in loops.dropFirst() { try loop.start() }
    signals.watch(on: loops[0]) { [self] _, signal in stop(because: signal) }
    Task.detached { [self] in
      do {
        try await start()
      } catch {
        // A signal during the start closes what the start still uses; that is no failure.
        guard !isStopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        failure.withLock { $0 = error }
        await stop()
      }
    }
    loops[0].run()
    for loop in loops.dropFirst() { loop.join() }
    store.close()
    fetcher.close()
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func start() async throws {
    try await hub.start()
    let seeded = try await store.write { try Seeder.seed($0) }
    if seeded > 0 { log.write(.info, "Stored the delivered agents", ["count": "\(seeded)"]) }
    let expiry = KeyExpiry(store: store, log: log)
    try await expiry.run()
    expiry.repeats(on: loops[0])
    try await runs.resumeQueued()
    server.serve(listener, tls: tls)
    terminal.write(StartMessage.text(settings, port: listener.port))
  }

  /// The first signal drains; the second one, of an impatient operator, ends the process at once.
  private func stop(because signal: Int32) {
    guard !isStopping.exchange(true, ordering: .acquiringAndReleasing) else { _exit(1) }
    log.write(.info, "Stopping", ["signal": signal == SIGTERM ? "SIGTERM" : "SIGINT"])
    Task.detached { [self] in await stop() }
  }

  /// Runs end first, so that watchers still see their last events; then the sockets are told, then the server closes.
  private func stop() async {
    readiness.beginDraining()
    await runs.drain()
    hub.drain()
    await withCheckedContinuation { done in server.stop(within: Self.drainDeadline) { done.resume() } }
    for loop in loops { loop.stop() }
  }
}
