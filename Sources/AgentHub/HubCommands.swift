import Basics
import Knowledge

/// What the commands need from the rooms. `Composition` fills it; tests give their own.
protocol HubCommands: Sendable {
  /// Runs the hub until it is told to stop. Called on the main thread, which becomes an event loop. Writes
  /// `StartMessage` once it accepts connections: scripts wait for the URL.
  func serve(_ settings: Settings, log: Log, terminal: Terminal) throws
  /// Brings the database up to date and says what was done.
  func migrate(_ settings: Settings, log: Log, terminal: Terminal) throws
  /// Seeds an empty database; with `reset`, restores the delivered agents in any.
  func seed(_ settings: Settings, reset: Bool, log: Log, terminal: Terminal) throws
  /// Fills collections with delivered documents and says what came of each.
  func index(
    _ domains: [KnowledgeDomain], force: Bool, _ settings: Settings, log: Log, terminal: Terminal) throws
  /// Merges the deltas of old answers, makes the database's file smaller, and says what that came to.
  func compact(_ settings: Settings, log: Log, terminal: Terminal) throws
  /// The routes, in the order of the table.
  var routes: [RouteLine] { get }
}

/// One line of `agenthub routes`.
struct RouteLine: Sendable, Equatable {
  let method: String
  let path: String
  let meaning: String
}
