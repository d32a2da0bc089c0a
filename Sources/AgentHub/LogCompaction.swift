import Basics
import EventEngine
import Storage

/// Merges the deltas of answers that were over some time ago: a piece at a time, beside everything else.
struct LogCompaction: Sendable {
  /// What a round came to.
  struct Report: Equatable, Sendable {
    var runs = 0
    /// Rows that went.
    var deltas = 0
  }

  /// Runs that are looked up at a time.
  private static let batch = 100

  let store: Store
  let log: Log
  /// Since a run was over.
  let age: Duration
  /// The oldest offset that somebody holds in memory.
  var floor: @Sendable () async -> Int64 = { .max }
  /// How many times as long as each piece took the writer is left to others; a busy one makes the pieces take longer.
  var rest = 4
  var interval: Duration = .seconds(3600)

  /// Merges what is old enough now.
  func run() async throws -> Report {
    let clock = ContinuousClock()
    let start = clock.now
    var report = Report()
    var isDone = false
    while !isDone {
      let due = try await store.read { [age] in try $0.compaction.due(after: age, limit: Self.batch) }
      let floor = await floor()
      isDone = due.isEmpty
      for work in due where !isDone { isDone = try await !merge(work, below: floor, &report) }
    }
    guard report.deltas > 0 else { return report }
    let size = try await store.read { try $0.compaction.databaseSize() }
    log.write(
      .info, "Merged the deltas of old answers",
      [
        "runs": "\(report.runs)", "deltas": "\(report.deltas)",
        "seconds": "\((clock.now - start) / .seconds(1))",
        "free_mb": "\(size.free >> 20)", "of_mb": "\(size.bytes >> 20)",
      ])
    return report
  }

  /// False when the run reaches into what is held in memory; so do all that ended later.
  private func merge(_ first: RunCompaction, below floor: Int64, _ report: inout Report) async throws -> Bool
  {
    let clock = ContinuousClock()
    var next: RunCompaction? = first
    while let work = next {
      let start = clock.now
      guard let page = try await store.read({ try $0.compaction.page(of: work, below: floor) }) else {
        return false
      }
      try await store.write(.relaxed) { try $0.compaction.perform(page, of: work) }
      report.deltas += page.dropped
      next = page.next
      if rest > 0 { try await Task.sleep(for: (clock.now - start) * rest) }
    }
    report.runs += 1
    return true
  }

  /// Runs now and again after each interval, for as long as the loop does.
  func repeats(on loop: EventLoop) {
    guard age > .zero else { return }
    let complaint = "The deltas of old answers could not be merged"
    Task {
      do {
        _ = try await run()
      } catch let error as any CodedError where error.code == "store_closed" {
        return
      } catch {
        log.write(.warning, complaint, ["error": "\(error)"])
      }
      Chore(complaint: complaint, interval: interval, log: log) { _ = try await run() }.repeats(on: loop)
    }
  }
}
