import Basics
import Storage

/// `agenthub compact`: merges the deltas of old answers and makes the database's file smaller.
struct CompactCommand: Sendable {
  let settings: Settings
  let log: Log
  let terminal: Terminal

  /// - Throws: `database_locked` while a hub runs.
  func run() throws {
    guard settings.compactAfter > .zero else {
      throw LaunchError(
        .badValue, "compact has nothing to do: compact-after is 0, which keeps all deltas.",
        hint: "`agenthub compact --compact-after 24` merges those of runs that were over a day ago.")
    }
    let store = try Store.open(StoreConfiguration(path: settings.database), log: log)
    let (report, before): (LogCompaction.Report, DatabaseSize)
    do {
      defer { store.close() }
      before = try size(of: store)
      report = try Blocking.wait { [settings, log] in
        var compaction = LogCompaction(store: store, log: log, age: settings.compactAfter)
        compaction.rest = 0
        return try await compaction.run()
      }
    }
    try Store.shrink(path: settings.database)
    let smaller = try Store.open(StoreConfiguration(path: settings.database), log: log)
    defer { smaller.close() }
    terminal.write(Self.text(report, before, try size(of: smaller)))
  }

  private func size(of store: Store) throws -> DatabaseSize {
    try Blocking.wait { try await store.read { try $0.compaction.databaseSize() } }
  }

  static func text(_ report: LogCompaction.Report, _ before: DatabaseSize, _ after: DatabaseSize) -> String {
    """
    Merged \(report.deltas) deltas of \(report.runs) runs; the file had \(before.bytes >> 10) KiB and has \(after.bytes >> 10) KiB.

    """
  }
}
