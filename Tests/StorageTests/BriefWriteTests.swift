import Basics
import Model
import Storage
import TestKit
import Testing

/// Writes that the caller's thread does while the writer sleeps.
@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BriefWriteTests {
  @Test func `brief and other writes keep one order, and nothing is lost or told twice`() async throws {
    let scratch = ScratchStore()
    try await scratch.use { store in
      let recorder = Recorder()
      recorder.record(store)
      let id = try await store.write { try $0.conversations.create().id }
      try await withThrowingTaskGroup(of: [Int64].self) { group in
        for writer in 0..<8 {
          group.addTask {
            var seqs: [Int64] = []
            for round in 0..<100 {
              let isBrief = (writer + round) % 3 != 0
              let durability: Durability = round % 10 == 0 ? .synced : .relaxed
              seqs.append(
                try await store.write(durability, isBrief: isBrief) { try $0.appendDelta("x", to: id).seq })
              if round % 7 == 0 {
                store.post({ try $0.appendDelta("y", to: id) }, failed: { Issue.record("\($0)") })
              }
            }
            return seqs
          }
        }
        for try await seqs in group { #expect(seqs == seqs.sorted()) }
      }
      try await store.synced()
      let count = Int64(1 + 8 * 100 + 8 * 15)
      // A post is stored before what is written behind it.
      #expect(try await store.write { try $0.events.head() } == count)
      #expect(recorder.all.map(\.event.offset) == Array(1...count))
    }
  }

  @Test func `a brief write that fails takes back nothing but itself`() async throws {
    struct Refused: Error {}
    let scratch = ScratchStore()
    try await scratch.use { store in
      let id = try await store.write { try $0.conversations.create().id }
      try await Task.sleep(for: .milliseconds(5))
      await #expect(throws: Refused.self) {
        try await store.write(.relaxed, isBrief: true) { transaction in
          try transaction.appendDelta("gone", to: id)
          throw Refused()
        }
      }
      _ = try await store.write(.relaxed, isBrief: true) { try $0.appendDelta("kept", to: id) }
      #expect(try await store.read { try $0.events.head() } == 2)
    }
  }

  @Test func `a store that is closed takes no brief write`() async throws {
    let store = try ScratchStore().open()
    store.close()
    await #expect(throws: StoreError.self) { try await store.write(isBrief: true) { _ in () } }
  }
}
