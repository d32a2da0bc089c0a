import Basics
import Database
import Model
import Storage
import TestKit
import Testing

struct MessageStoreTests {
  let scratch = ScratchStore()

  @Test func `a message comes back as it was stored`() async throws {
    try await scratch.use { store in
      let (message, stored) = try await store.write { transaction in
        let agent = try transaction.makeAgent()
        let message = Message(
          id: Identifier("m1"), conversation: try transaction.conversations.create().id, seq: 7,
          parent: Identifier("m0"), run: Identifier("r"), agent: agent.id, role: .tool, type: .action,
          text: "did \"it\"\n", parts: [["type": "text", "n": 1.5]], createdAt: Timestamp(milliseconds: 9))
        try transaction.messages.insert(message)
        return (message, try transaction.messages.get(message.id))
      }
      #expect(stored == message)
      #expect(try await store.read { try $0.messages.ofRun(Identifier("r")) } == [message])
    }
  }

  @Test func `pages go both ways`() async throws {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 1...10 { try transaction.say("\(number)", in: id) }
        return id
      }
      try await store.read { transaction in
        let newest = try transaction.messages.page(of: id, limit: 4)
        #expect(newest.items.map(\.text) == ["7", "8", "9", "10"])
        let older = try transaction.messages.page(of: id, before: newest.next, limit: 4)
        #expect(older.items.map(\.text) == ["3", "4", "5", "6"])
        let oldest = try transaction.messages.page(of: id, before: older.next, limit: 4)
        #expect(oldest.items.map(\.text) == ["1", "2"])
        #expect(oldest.next == nil)
        let first = try transaction.messages.page(of: id, after: 0, limit: 6)
        #expect(first.items.map(\.text) == ["1", "2", "3", "4", "5", "6"])
        let rest = try transaction.messages.page(of: id, after: first.next ?? 0, limit: 6)
        #expect(rest.items.map(\.text) == ["7", "8", "9", "10"])
        #expect(rest.next == nil)
      }
    }
  }

  @Test func `a message needs its conversation`() async throws {
    try await scratch.use { store in
      let error = await #expect(throws: DatabaseError.self) {
        try await store.write { transaction in
          try transaction.messages.insert(
            Message(
              id: Identifier("m"), conversation: Identifier("none"), seq: 1, role: .user, text: "",
              createdAt: transaction.now))
        }
      }
      #expect(error?.reason == .constraint)
    }
  }

  @Test(.timeLimit(.minutes(TimeLimit.minutes(2))))
  func `a page of a long conversation costs no more than a short one's`() async throws {
    try await scratch.use { store in
      let id = try await store.write { transaction in
        let id = try transaction.conversations.create().id
        for number in 2...100_001 {
          try transaction.connection.run(
            "INSERT INTO messages (conversation, seq, id, role, type, text, created_at) VALUES (?1, ?2, ?3, 'user', 'message', 'text', 0)",
            .text(id.text), .integer(Int64(number)), .text("m\(number)"))
        }
        return id
      }
      let clock = ContinuousClock()
      let times = try await store.read { transaction in
        try (1...20).map { round in
          try clock.measure {
            let page = try transaction.messages.page(of: id, before: Int64(round * 5000))
            #expect(page.items.count == 50)
          }
        }
      }
      #expect(try #require(times.min()) < TimeLimit.of(.milliseconds(5)))
    }
  }
}
