import Basics
import EventEngine
import Model
import Storage
import Synchronization
import TestKit
import Testing

@testable import AgentHub

struct LogCompactionTests {
  private let folder = ScratchFolder()

  private func open() throws -> Store {
    try Store.open(StoreConfiguration(path: "\(folder.path)/hub.db"), log: .silent)
  }

  /// A conversation with some answers of so many deltas, all over a minute ago.
  private func talk(_ answers: Int, deltas: Int, in store: Store) async throws -> Identifier<Conversation> {
    try await store.write { store in
      let id = try store.conversations.create().id
      for _ in 0..<answers {
        let run = Run(
          id: store.newIdentifier(), conversation: id, agent: Identifier("a"), agentName: "A",
          agentVersion: 1,
          status: .completed, input: store.newIdentifier(), output: store.newIdentifier(),
          createdAt: store.now,
          finishedAt: Timestamp(milliseconds: store.now.milliseconds - 60_000))
        try store.runs.insert(run)
        for number in 0..<deltas {
          let delta = MessageDelta(channel: .final, position: 2 * number, text: "x ")
          try store.append(
            Event(
              conversation: id, run: run.id, message: run.output, at: store.now, body: .messageDelta(delta)))
        }
        let end = EventBody.run(.completed, usage: nil, error: nil)
        try store.append(Event(conversation: id, run: run.id, at: store.now, body: end))
      }
      return id
    }
  }

  private func rows(of id: Identifier<Conversation>, in store: Store) async throws -> Int {
    try await store.read { try $0.events.page(of: id, after: 0, limit: 10_000).items.count }
  }

  @Test func `a round merges all that is old enough, and says what that came to`() async throws {
    let store = try open()
    defer { store.close() }
    let said = Mutex<[String]>([])
    let log = Log(level: .info) { event in said.withLock { $0.append("\(event)") } }
    let id = try await talk(120, deltas: 10, in: store)
    let young = LogCompaction(store: store, log: log, age: .seconds(3600))
    #expect(try await young.run() == LogCompaction.Report())
    #expect(said.withLock { $0.isEmpty })
    var compaction = LogCompaction(store: store, log: log, age: .seconds(30))
    compaction.rest = 0
    #expect(try await compaction.run() == LogCompaction.Report(runs: 120, deltas: 120 * 9))
    #expect(try await rows(of: id, in: store) == 1 + 120 * 2)
    #expect(said.withLock { $0.count } == 1)
    #expect(try await compaction.run() == LogCompaction.Report())
  }

  @Test func `what somebody holds in memory ends a round, and the next one goes on`() async throws {
    let store = try open()
    defer { store.close() }
    let id = try await talk(10, deltas: 10, in: store)
    var compaction = LogCompaction(store: store, log: .silent, age: .seconds(30)) { 40 }
    compaction.rest = 0
    // The first event is the conversation's; three answers end below 40.
    #expect(try await compaction.run() == LogCompaction.Report(runs: 3, deltas: 27))
    compaction.floor = { .max }
    #expect(try await compaction.run() == LogCompaction.Report(runs: 7, deltas: 63))
    #expect(try await rows(of: id, in: store) == 1 + 10 * 2)
  }

  @Test func `it goes on by itself, unless it is off`() async throws {
    let store = try open()
    let loop = try EventLoop(index: 0, log: .silent)
    try loop.start()
    var compaction = LogCompaction(store: store, log: .silent, age: .zero)
    compaction.interval = .milliseconds(2)
    let kept = try await talk(1, deltas: 10, in: store)
    compaction.repeats(on: loop)
    try await Task.sleep(for: .milliseconds(50))
    #expect(try await rows(of: kept, in: store) == 12)
    compaction = LogCompaction(store: store, log: .silent, age: .seconds(30))
    compaction.interval = .milliseconds(2)
    compaction.repeats(on: loop)
    for _ in 0..<2 {
      let id = try await talk(1, deltas: 10, in: store)
      let deadline = ContinuousClock.now + TimeLimit.patience(.seconds(10))
      while try await rows(of: id, in: store) > 3, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(try await rows(of: id, in: store) == 3)
    }
    loop.stop()
    loop.join()
    store.close()
  }
}
