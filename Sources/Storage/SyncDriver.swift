import Basics
import Database

/// Answers those who want their commit on the disk once it is there: all that wait at once.
///
/// On a thread of its own, because a sync takes 0.5 ms and more: the writer goes on meanwhile, so that nobody's delta waits for another
/// one's promise.
final class SyncDriver: Sendable {
  /// Who waits; nil for a sync that went well.
  typealias Waiter = @Sendable ((any Error)?) -> Void

  private let waiting = WorkQueue<Waiter>()
  private let thread: DatabaseThread

  init(path: String, log: Log) throws {
    let waiting = waiting
    let file = try WriteAheadLog(ofDatabase: path)
    thread = try DatabaseThread(name: "db-sync") {
      while let waiters = waiting.take(atMost: .max) {
        let failure = Self.failure(of: file, log)
        for waiter in waiters { waiter(failure) }
      }
    }
  }

  deinit { waiting.close() }

  private static func failure(of file: WriteAheadLog, _ log: Log) -> (any Error)? {
    do {
      try file.sync()
      return nil
    } catch {
      log.write(.error, "A commit may not be on the disk", ["error": "\(error)"])
      return error
    }
  }

  /// Calls back when all that is committed now is on the disk; false when the store is closed, and then never.
  func put(_ waiter: @escaping Waiter) -> Bool { waiting.put(waiter) }

  /// Finishes what was asked for.
  func close() {
    waiting.close()
    thread.join()
  }
}
