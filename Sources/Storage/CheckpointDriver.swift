import Basics
import Database
import Synchronization

/// Moves the write-ahead log into the database on a thread of its own, since that takes milliseconds.
final class CheckpointDriver: Sendable {
  private let requests: WorkQueue<Void>
  private let turn: Turn
  private let thread: DatabaseThread

  /// One checkpoint at a time: SQLite refuses a second one at once instead of letting it wait.
  private final class Turn: Sendable {
    private let lock = Mutex(())

    func checkpoint(_ connection: DatabaseConnection, log: Log) {
      do {
        try lock.withLock { _ in _ = try connection.checkpoint() }
      } catch {
        log.write(.warning, "A checkpoint failed", ["error": "\(error)"])
      }
    }
  }

  init(path: String, log: Log) throws {
    let requests = WorkQueue<Void>()
    let turn = Turn()
    let connection = try DatabaseConnection(path: path, access: .readWrite)
    thread = try DatabaseThread(name: "db-checkpoint") {
      while requests.take(atMost: .max) != nil { turn.checkpoint(connection, log: log) }
    }
    self.requests = requests
    self.turn = turn
  }

  deinit { requests.close() }

  /// Asks for a checkpoint soon.
  func request() { _ = requests.put(()) }

  /// Makes a checkpoint on the caller's connection, after the one that may be under way.
  func runNow(on connection: DatabaseConnection, log: Log) { turn.checkpoint(connection, log: log) }

  /// Finishes what was asked for.
  func close() {
    requests.close()
    thread.join()
  }
}
