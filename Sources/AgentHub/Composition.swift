import API
import Basics
import Knowledge
import Storage
import Wire

/// The commands over the real rooms.
struct Composition: HubCommands {
  func serve(_ settings: Settings, log: Log, terminal: Terminal) throws {
    try HubProcess(settings, log: log, terminal: terminal).run()
  }

  func migrate(_ settings: Settings, log: Log, terminal: Terminal) throws {
    let store = try Store.open(StoreConfiguration(path: settings.database), log: log)
    terminal.write("\(settings.database) is up to date (epoch \(store.epoch)).\n")
    store.close()
  }

  func seed(_ settings: Settings, reset: Bool, log: Log, terminal: Terminal) throws {
    let store = try Store.open(StoreConfiguration(path: settings.database), log: log)
    defer { store.close() }
    let count = try Blocking.wait { try await store.write { try reset ? Seeder.reset($0) : Seeder.seed($0) } }
    terminal.write(
      count == 0
        ? "\(settings.database) has agents already; --reset brings the delivered ones back.\n"
        : "Stored \(count) agents in \(settings.database).\n")
  }

  func index(
    _ domains: [KnowledgeDomain], force: Bool, _ settings: Settings, log: Log, terminal: Terminal
  ) throws {
    try KnowledgeCommand(settings: settings, log: log, terminal: terminal).run(domains, force: force)
  }

  func compact(_ settings: Settings, log: Log, terminal: Terminal) throws {
    try CompactCommand(settings: settings, log: log, terminal: terminal).run()
  }

  var routes: [RouteLine] {
    RouteTable.entries.map { RouteLine(method: $0.method.name, path: $0.pattern, meaning: $0.summary) }
  }
}
