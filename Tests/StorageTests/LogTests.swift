import Basics
import Database
import Glibc
import Model
import Storage
import TestKit
import Testing

struct LogTests {
  private struct Refused: Error {}

  let scratch = ScratchStore()

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `offsets and seqs are dense under 50 writers, of which some fail`() async throws {
    let recorder = Recorder()
    try await scratch.use { store in
      recorder.record(store)
      let conversations = try await store.write { transaction in
        try (0..<5).map { _ in try transaction.conversations.create().id }
      }
      await withTaskGroup(of: Void.self) { group in
        for writer in 0..<50 {
          group.addTask {
            for round in 0..<20 {
              _ = try? await store.write(round % 3 == 0 ? .synced : .relaxed) { transaction in
                try transaction.appendDelta("a", to: conversations[writer % 5])
                try transaction.appendDelta("b", to: conversations[(writer + round) % 5])
                if (writer + round) % 7 == 0 { throw Refused() }
              }
            }
          }
        }
      }
      let stored = try await store.read { try $0.events.page(after: 0, limit: 10_000) }.items
      #expect(stored.map(\.offset) == Array(1...Int64(stored.count)))
      #expect(stored.count > 1600)
      #expect(recorder.all.map(\.event.offset) == stored.map(\.offset))
      #expect(recorder.all.map(\.json) == stored.map { $0.json() })
      for conversation in conversations {
        let seqs = stored.filter { $0.conversation == conversation }.map(\.seq)
        #expect(seqs == Array(1...Int64(seqs.count)))
        let head = try await store.read { try $0.events.head(of: conversation) }
        #expect(head == Int64(seqs.count))
      }
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `a job that throws is taken back alone and leaves no hole`() async throws {
    try await scratch.use { store in
      let id = try await store.write { try $0.conversations.create().id }
      await #expect(throws: Refused.self) {
        try await store.write { transaction in
          try transaction.say("lost", in: id)
          _ = try transaction.conversations.create()
          throw Refused()
        }
      }
      let event = try await store.write { try $0.appendDelta("kept", to: id) }
      #expect(event.offset == 2)
      #expect(event.seq == 2)
      #expect(try await store.read { try $0.messages.page(of: id).items.isEmpty })
      #expect(try await store.read { try $0.conversations.page().items.count } == 1)
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `an event is published before its caller goes on, and is readable then`() async throws {
    let recorder = Recorder()
    try await scratch.use { store in
      recorder.record(store)
      let id = try await store.write { try $0.conversations.create().id }
      for round in 0..<100 {
        let event = try await store.write(.relaxed) { try $0.appendDelta("\(round)", to: id) }
        #expect(recorder.all.last?.event == event)
        #expect(try await store.read { try $0.events.head() } == event.offset)
      }
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `an event comes back as it was appended`() async throws {
    try await scratch.use { store in
      let id = try await store.write { try $0.conversations.create(title: "a").id }
      let appended = try await store.write { transaction in
        try transaction.append(
          Event(
            conversation: id, run: Identifier("r"), parentRun: Identifier("p"),
            agent: AgentReference(id: Identifier("a"), name: "Ä \"q\""), message: Identifier("m"),
            at: Timestamp(milliseconds: 123),
            body: .messageDelta(.init(channel: .thought, position: 3, text: "🦙")))
        )
      }
      let stored = try #require(try await store.read { try $0.events.page(of: id, after: 1) }.items.first)
      #expect(try stored.event() == appended)
      #expect(
        stored.json() == EventEncoder.event(appended, body: EventEncoder.body(appended.body)))
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `an event without a moment gets the job's`() async throws {
    try await scratch.use { store in
      let (event, now) = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        return (try transaction.appendDelta("x", to: id), transaction.now)
      }
      #expect(event.at == now)
      #expect(now.milliseconds > 1_700_000_000_000)
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `ids of one process sort in the order of their making`() async throws {
    try await scratch.use { store in
      let ids: [Identifier<Run>] = (0..<20_000).map { _ in store.newIdentifier() }
      #expect(ids == ids.sorted())
      #expect(Set(ids).count == ids.count)
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(2))))
  func `the write-ahead log stays short under writers that never rest`() async throws {
    try await scratch.use { store in
      let id = try await store.write { try $0.conversations.create().id }
      let text = String(repeating: "long ", count: 4000)
      await withTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            for round in 0..<1000 {
              _ = try? await store.write(.relaxed) { transaction in
                try transaction.messages.insert(
                  Message(
                    id: transaction.newIdentifier(), conversation: id, seq: Int64(writer * 1000 + round + 2),
                    role: .user, text: text, createdAt: transaction.now))
              }
            }
          }
        }
      }
      var log = stat()
      stat("\(scratch.path)-wal", &log)
      #expect(try await store.read { try $0.messages.page(of: id, limit: 5000).items.count } == 4000)
      #expect(log.st_size < 48 << 20)
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(1))))
  func `a closed store finishes what waits and refuses the rest`() async throws {
    let store = try scratch.open()
    let id = try await store.write { try $0.conversations.create().id }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<100 {
        group.addTask {
          (try? await store.write(.relaxed) { try $0.appendDelta("x", to: id) }) != nil
        }
      }
      var count: Int64 = await group.next() == true ? 1 : 0
      store.close()
      store.close()
      for await isStored in group where isStored { count += 1 }
      let head = try? scratch.connect().first("SELECT max(offset) FROM events") { $0.integer(0) }
      #expect(head == count + 1)
    }
    await #expect(throws: StoreError.closed) { try await store.write { _ in } }
    await #expect(throws: StoreError.closed) { try await store.read { _ in } }
    #expect(scratch.folder.names == ["hub.db", "hub.db-lock"])
  }
}
