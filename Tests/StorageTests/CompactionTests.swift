import Basics
import Glibc
import Model
import TestKit
import Testing

@testable import Storage

struct CompactionTests {
  @Test func `deltas become one row that stands for their numbers`() async throws {
    try await ScratchStore().use { store in
      let log = try await PastLog.write(["a", "ü", "👩 "], to: store)
      let before = try await log.events(in: store)
      #expect(try await Self.compact(store) == 2)
      let after = try await log.events(in: store)
      let delta = try #require(after.first { $0.type == .messageDelta })
      let last = try #require(before.last { $0.type == .messageDelta })
      #expect(delta.offset == last.offset && delta.seq == last.seq && delta.at == last.at)
      #expect(delta.count == 3)
      let body = MessageDelta(channel: .final, position: 0, text: "aü👩 ")
      #expect(try delta.event().body == .messageDelta(body))
      #expect(try JSON.parse(delta.json())["count"] == 3)
      let others = before.filter { $0.type != .messageDelta }.map { $0.json() }
      #expect(after.filter { $0.type != .messageDelta }.map { $0.json() } == others)
      // Nothing is left to do.
      #expect(try await Self.compact(store) == 0)
    }
  }

  @Test(arguments: [Run.Status.queued, .running, .waiting])
  func `a run that is not over stays as it is, and so do its parts`(status: Run.Status) async throws {
    try await ScratchStore().use { store in
      let log = try await PastLog.write(["a", "b"], to: store) {
        $0.status = status; $0.finishedAt = nil
      }
      try await store.write { store in
        var part = try #require(try store.runs.get(log.run))
        part.id = store.newIdentifier()
        part.parentRun = log.run
        part.status = .completed
        part.finishedAt = Timestamp(milliseconds: 1)
        try store.runs.insert(part)
      }
      let before = try await log.events(in: store).map { $0.json() }
      #expect(try await Self.compact(store) == 0)
      #expect(try await log.events(in: store).map { $0.json() } == before)
    }
  }

  @Test func `a run that was over only just now waits, and so does one that somebody holds in memory`()
    async throws
  {
    try await ScratchStore().use { store in
      let log = try await PastLog.write(["a", "b"], to: store)
      #expect(try await Self.compact(store, after: .seconds(1_000_000_000_000)) == 0)
      let head = try await store.read { try $0.events.head() }
      #expect(try await Self.compact(store, below: head) == 0)
      #expect(try await Self.compact(store, below: head + 1) == 1)
      #expect(try await log.events(in: store).filter { $0.type == .messageDelta }.count == 1)
    }
  }

  @Test func `what was merged stays as small as any other frame`() async throws {
    try await ScratchStore().use { store in
      let texts = (0..<1000).map { "\($0) " + String(repeating: "ä", count: 100) }
      let log = try await PastLog.write(texts, to: store)
      #expect(try await Self.compact(store) > 980)
      var text = ""
      for event in try await log.events(in: store) {
        guard case .messageDelta(let delta) = try event.event().body else { continue }
        #expect(delta.text.utf8.count <= CompactionMachine.maximumText)
        #expect(delta.position == text.utf16.count)
        text += delta.text
      }
      #expect(text == texts.joined())
    }
  }

  @Test(arguments: 0..<20)
  func `whoever knows a beginning, however long, gets the rest and nothing twice`(seed: Int) async throws {
    try await ScratchStore().use { store in
      var random = SeededGenerator(seed: UInt64(seed))
      let log = try await PastLog.walk(Int.random(in: 5...700, using: &random), store, &random)
      let before = try await log.events(in: store)
      let dropped = try await Self.compact(store)
      let after = try await log.events(in: store)
      #expect(after.count == before.count - dropped)
      let whole = try CarefulReader(before)
      var first = CarefulReader()
      for known in 0...before.count {
        if known > 0 { try first.take(before[known - 1]) }
        var reader = first
        for event in after where event.seq > reader.seq { try reader.take(event) }
        #expect(reader == whole, "after seq \(known)")
      }
      // Counts cover every number once.
      #expect(after.reduce(0) { $0 + $1.count } == Int64(before.count))
      let kept = Set(before.filter { $0.type != .messageDelta }.map { $0.json() })
      #expect(Set(after.filter { $0.type != .messageDelta }.map { $0.json() }) == kept)
      // The hub's pages have the same rows.
      let byOffset = try await store.read { try $0.events.page(after: 0, limit: 10_000).items }
      #expect(byOffset.filter { $0.conversation != nil }.map { $0.json() } == after.map { $0.json() })
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))), arguments: [1, 2, 5])
  func `killed at any moment, the log is whole and the rest is done later`(pages: Int) async throws {
    let scratch = ScratchStore()
    var texts: [String] = []
    for number in 0..<2000 { texts.append("\(number) ") }
    let log = try await scratch.use { try await PastLog.write(texts, to: $0) }
    let before = try await scratch.use { try await log.events(in: $0) }
    let path = scratch.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, pages = pages as Int] in
      let store = try Store.open(StoreConfiguration(path: path), log: .silent)
      _ = try await Self.compact(store, pages: pages)
      kill(getpid(), SIGKILL)
    }
    try await scratch.use { store in
      let whole = try CarefulReader(before)
      #expect(try await log.events(in: store).count < before.count)
      #expect(try await CarefulReader(log.events(in: store)) == whole)
      #expect(try await Self.compact(store) > 0)
      #expect(try await CarefulReader(log.events(in: store)) == whole)
      #expect(try await log.events(in: store).filter { $0.type == .messageDelta }.count == 1)
    }
  }

  @Test func `a database gives its room back`() async throws {
    let scratch = ScratchStore()
    let texts = (0..<5000).map { "\($0) " }
    let before = try await scratch.use { store in
      _ = try await PastLog.write(texts, to: store)
      return try await store.read { try $0.compaction.databaseSize() }
    }
    let free = try await scratch.use { store in
      _ = try await Self.compact(store)
      return try await store.read { try $0.compaction.databaseSize() }
    }
    #expect(free.free > before.bytes / 2, "\(before) \(free)")
    try Store.shrink(path: scratch.path)
    let after = try await scratch.use { try await $0.read { try $0.compaction.databaseSize() } }
    #expect(after.bytes < before.bytes / 2 && after.free == 0)
  }

  /// Merges what is due, at most so many pages; how many rows went.
  private static func compact(
    _ store: Store, after age: Duration = .seconds(1), below floor: Int64 = .max, pages: Int = .max
  ) async throws -> Int {
    var (dropped, left) = (0, pages)
    for work in try await store.read({ try $0.compaction.due(after: age, limit: 100) }) {
      var next: RunCompaction? = work
      while let work = next, left > 0 {
        guard let page = try await store.read({ try $0.compaction.page(of: work, below: floor) }) else {
          return dropped
        }
        try await store.write(.relaxed) { try $0.compaction.perform(page, of: work) }
        dropped += page.dropped
        left -= 1
        next = page.next
      }
    }
    return dropped
  }
}

/// What a careful client makes of events: numbers without a gap, texts by position, everything else as it came.
private struct CarefulReader: Equatable {
  private(set) var seq: Int64 = 0
  private var texts: [String: String] = [:]
  private var others: [[UInt8]] = []

  init() {}

  init(_ events: [StoredEvent]) throws {
    for event in events { try take(event) }
  }

  mutating func take(_ event: StoredEvent) throws {
    #expect(event.seq > seq && event.seq - event.count <= seq, "\(event.seq) × \(event.count) after \(seq)")
    seq = event.seq
    guard case .messageDelta(let delta) = try event.event().body else { return others.append(event.json()) }
    let key = "\(event.message?.text ?? "") \(delta.channel)"
    let known = texts[key, default: ""].utf16
    let new = delta.text.utf16
    #expect(delta.position <= known.count, "\(key): \(delta.position) behind \(known.count)")
    texts[key] = String(decoding: Array(known) + new.dropFirst(known.count - delta.position), as: UTF16.self)
  }
}

/// A conversation of long ago.
private struct PastLog {
  let conversation: Identifier<Conversation>
  let run: Identifier<Run>

  func events(in store: Store) async throws -> [StoredEvent] {
    try await store.read { [conversation] store in
      var (events, after): ([StoredEvent], Int64?) = ([], 0)
      while let start = after {
        let page = try store.events.page(of: conversation, after: start, limit: 1000)
        events += page.items
        after = page.next
      }
      return events
    }
  }

  /// One run with one text.
  static func write(
    _ texts: [String], to store: Store, change: @escaping @Sendable (inout Run) -> Void = { _ in }
  ) async throws -> PastLog {
    try await store.write { store in
      let id = try store.conversations.create().id
      var writer = try LogWriter(store, in: id, change)
      for text in texts { try writer.grow(writer.run, text, .final) }
      try writer.finish()
      return PastLog(conversation: id, run: writer.run.id)
    }
  }

  /// Runs with parts that write at the same time, beside one that is not over, with whatever else is told.
  static func walk(
    _ steps: Int, _ store: Store, _ random: inout SeededGenerator
  ) async throws -> PastLog {
    let seed = random.next()
    return try await store.write { store in
      var random = SeededGenerator(seed: seed)
      let id = try store.conversations.create().id
      var writer = try LogWriter(store, in: id) { _ in }
      let root = writer.run
      var writing = [root]
      for _ in 0..<2 { writing.append(try writer.part()) }
      let other = try LogWriter(store, in: id) {
        $0.status = .running; $0.finishedAt = nil
      }.run
      for _ in 0..<steps {
        let run = writing.randomElement(using: &random) ?? root
        switch Int.random(in: 0..<40, using: &random) {
        case 0: try writer.tell(run)
        case 1: writing = [root, try writer.part()]
        case 2: try writer.grow(other, "other ", .final)
        case 3..<8: try writer.grow(run, "hm ", .thought)
        default: try writer.grow(run, ["a", "ü ", "👩", "日本 "].randomElement(using: &random) ?? "", .final)
        }
      }
      try writer.finish()
      try writer.grow(other, "later", .final)
      return PastLog(conversation: id, run: root.id)
    }
  }
}

/// Writes the events of a run.
private struct LogWriter {
  let store: WriteTransaction
  let run: Run
  private var lengths: [String: Int] = [:]

  init(_ store: WriteTransaction, in id: Identifier<Conversation>, _ change: (inout Run) -> Void) throws {
    self.store = store
    let input = try store.say("Hello", in: id)
    var run = Run(
      id: store.newIdentifier(), conversation: id, agent: Identifier("a"), agentName: "A", agentVersion: 1,
      status: .completed, input: input.id, output: store.newIdentifier(), createdAt: store.now,
      finishedAt: Timestamp(milliseconds: store.now.milliseconds - 60_000))
    change(&run)
    try store.runs.insert(run)
    self.run = run
  }

  func part() throws -> Run {
    var part = run
    part.id = store.newIdentifier()
    part.output = store.newIdentifier()
    part.parentRun = run.id
    try store.runs.insert(part)
    return part
  }

  mutating func grow(_ run: Run, _ text: String, _ channel: MessageDelta.Channel) throws {
    let key = "\(run.id.text) \(channel)"
    try store.appendDelta(
      text, to: run.conversation, run: run, channel: channel, position: lengths[key, default: 0])
    lengths[key, default: 0] += text.utf16.count
  }

  func tell(_ run: Run) throws {
    try store.append(
      Event(
        conversation: run.conversation, run: run.id, at: store.now, body: .other(.status, ["text": "busy"])))
  }

  func finish() throws {
    try store.append(
      Event(
        conversation: run.conversation, run: run.id, at: store.now,
        body: .run(run.status, usage: nil, error: nil)))
  }
}
